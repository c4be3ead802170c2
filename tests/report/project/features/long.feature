@long
Feature: A long value

  @TST-905-AC-01
  Scenario: TST-905-AC-01 It is violated at length
    When an answer is longer than a page

  @TST-905-AC-02
  Scenario: TST-905-AC-02 It is violated in one line
    When it is refused in one line
