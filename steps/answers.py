"""What holds for any answer: its status, a header, its form. ``context.exchange`` is the answer under judgement."""

from behave import then, when

from support.expectations import an_id
from support.matchers import answered, assert_each, assert_that, is_docker_error, no_problems


@when("a client asks for what does not exist")
def ask_for_what_does_not_exist(context):
    context.answers = [(int(row["status"]), context.run.ask(row["method"], row["path"])) for row in context.table]


@then("the answer is {status:d}")
@then("the answer is {status:d}, and the connection is handed over")
def the_answer_is(context, status):
    assert_that(context.exchange, answered(status))


@then("the answer is 201 with an ID")
def the_answer_has_an_id(context):
    assert_that(context.exchange, answered(201))
    assert_that(context.exchange, an_id())


@then("each answer is {status:d}")
def each_answer_is(context, status):
    assert_each(context.exchanges, answered(status))


@then('each answer has its status and is a JSON object with a "message"')
def each_is_an_error(context):
    for status, answer in context.answers:
        assert_that(answer, is_docker_error(status))


@then("nothing of it is left in the daemon")
@then("no container of theirs is left in the daemon")
def nothing_is_left(context):
    assert_that(context.left, no_problems("nothing that is left"))
