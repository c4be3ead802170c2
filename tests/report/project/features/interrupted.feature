@slow
Feature: A signal comes while a step waits

  @TST-902-AC-01
  Scenario: TST-902-AC-01 It was judged before
    Given the daemon does otherwise

  @TST-902-AC-02
  Scenario: TST-902-AC-02 It is interrupted
    Given it waits

  @TST-902-AC-03
  Scenario: TST-902-AC-03 It does not begin
    Given it passes
