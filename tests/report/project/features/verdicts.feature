@alpha @TST-900
Feature: One scenario per way to end

  @TST-900-AC-01
  Scenario: TST-900-AC-01 It passes
    Given it passes

  @TST-900-AC-02
  Scenario: TST-900-AC-02 It is violated
    Given it passes
    When the daemon does otherwise
    Then it passes

  @TST-900-AC-03
  Scenario: TST-900-AC-03 It cannot be judged
    Given it cannot be judged

  @TST-900-AC-04
  Scenario: TST-900-AC-04 The suite breaks
    Given the suite breaks

  @TST-900-AC-05
  Scenario: TST-900-AC-05 It does not apply
    Given it is skipped because "no <cloud> & no rain"

  @TST-900-AC-06
  Scenario: TST-900-AC-06 A step is undefined
    Given nobody wrote this

  @TST-900-AC-07
  Scenario: TST-900-AC-07 A step ends the process
    Given the step ends the process

  @TST-900-AC-08
  Scenario: TST-900-AC-08 It has no steps

  @TST-900-AC-09
  Scenario Outline: TST-900-AC-09 Each row is judged
    Given it <way>

    Examples:
      | way              |
      | passes           |
      | cannot be judged |
