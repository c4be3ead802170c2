@killed
Feature: Somebody kills the process

  @TST-904-AC-01
  Scenario: TST-904-AC-01 It was judged before
    Given it passes

  @TST-904-AC-02
  Scenario: TST-904-AC-02 It is killed
    Given somebody kills the process
