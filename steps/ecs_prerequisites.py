"""Credentials and placement, by running the suite itself: TST-010 AC-1, AC-2."""

from behave import then, when
from hamcrest import assert_that, empty

from support.matchers import no_problem


@when("the suite runs by itself under each of these environments")
def run_itself(context):
    for row in context.table:
        context.own_runs.begin(row["environment"])
    context.expected_runs = list(context.table)


@then("each run ends with its verdict, exit code and cause")
def each_run_ends_as_expected(context):
    for row in context.expected_runs:
        expected = (row["verdict"], row["exit code"], row["cause"])
        assert_that(context.own_runs.of(row["environment"]).problems(*expected), no_problem(), row["environment"])


@then("the tail container's task runs in that cluster, in one of those subnets, with that security group")
def task_is_placed(context):
    assert_that(context.ecs.misplacements, empty())
