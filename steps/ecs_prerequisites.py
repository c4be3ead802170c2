"""Credentials and placement, by running the suite itself: TST-010 AC-1, AC-2."""

from behave import then, when

from support.ecs import checks


@when("the suite is started as a separate process in each of these environments")
def run_suite(context):
    context.expected_runs = {
        row["environment"]: (row["verdict"], row["exit code"], row["cause"]) for row in context.table
    }
    context.suite_runs.begin(context.expected_runs)


@then("each run ends with its verdict, exit code and cause")
def each_run_ends_as_expected(context):
    checks.suite_runs_end_so(context.suite_runs, context.expected_runs)


@then("the tail container's task runs in that cluster, in one of those subnets, with that security group")
def task_is_placed(context):
    checks.is_placed(context.ecs.tail)
