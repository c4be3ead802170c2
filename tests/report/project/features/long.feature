@long
Feature: A long value

  @TST-905-AC-01
  Scenario: TST-905-AC-01 It is violated at length
    When an answer is longer than a page
