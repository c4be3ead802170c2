@fine
Feature: Everything passes

  @TST-901-AC-01
  Scenario: TST-901-AC-01 The first passes
    Given it passes

  @TST-901-AC-02
  Scenario: TST-901-AC-02 The second passes
    Given it passes
