"""Credentials and placement, by running the suite itself: TST-010 AC-1, AC-2."""

from behave import then, when
from hamcrest import assert_that, contains_string, empty, equal_to


@when("the suite runs by itself under each of these environments")
def run_itself(context):
    for row in context.table:
        context.own_runs.begin(row["environment"])
    context.expected_runs = list(context.table)


@then("each run ends with its verdict, exit code and cause")
def each_run_ends_as_expected(context):
    for row in context.expected_runs:
        ended = context.own_runs.of(row["environment"])
        assert_that(ended.verdict, equal_to(row["verdict"]), f"{row['environment']}: {ended.cause}")
        assert_that(ended.cause, contains_string(row["cause"]), row["environment"])
        assert_that(ended.exit_code, equal_to(int(row["exit code"])), row["environment"])
        assert_that(ended.printed.count("Traceback"), equal_to(0), row["environment"])


@then("the tail container's task runs in that cluster, in one of those subnets, with that security group")
def task_is_placed(context):
    assert_that(context.ecs.misplacements, empty())
