@gone
Feature: The target goes away

  @TST-903-AC-01
  Scenario: TST-903-AC-01 It goes
    Given the target is gone

  @TST-903-AC-02
  Scenario: TST-903-AC-02 Nothing more is asked of it
    Given it passes
