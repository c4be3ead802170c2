@drift
Feature: What happens to containers behind a client's back is seen

  A client keeps track of its containers through /events, inspections and lists. But containers are destroyed by others,
  die while they start, are stopped in AWS, and outlive the daemon. Then the daemon has to say what has happened, and must
  make nothing up. On ECS these scenarios start four Fargate tasks in all.

  # --- Destroyed by another client ---

  @DRIFT-01
  Scenario: DRIFT-01 When another client destroys a running container, /events reports that it died, then that it was destroyed
    Given a client listens to /events
    When another client destroys a running container
    Then /events reports for this container "die" and "destroy", in this order and each once

  @DRIFT-02
  Scenario: DRIFT-02 A container that another client destroyed is gone from inspections and lists
    When another client destroys a running container
    Then inspections of it are answered by 404
    And no list has it any more

  # --- Events ---

  @DRIFT-03
  Scenario: DRIFT-03 Events that are filtered by a label are those of the containers that have it
    Given a client listens to /events of a label
    When a container that has the label and one that does not come and go
    Then the filtered /events reports for the first "create", "start", "die" and "destroy", in this order and each once
    And it reports nothing of the second
    And a replay of the filtered events has the same of the first as one of all events, and none of the second

  @DRIFT-04
  Scenario: DRIFT-04 Events since a moment are reported again to who asks later
    When a client asks for the events since a moment between a container's start and its end
    Then "die" and "destroy" are reported again, in this order and each once
    And "create" and "start" are not reported
    And the answer stays open for events to come

  @DRIFT-05
  Scenario: DRIFT-05 Events until a moment end there
    When a client asks for the events until a moment between a container's start and its end
    Then the answer ends, and reports "create" and "start", in this order and each once
    And "die" and "destroy" are not reported

  # --- A container that dies while it starts ---

  @DRIFT-06
  Scenario: DRIFT-06 A container whose command ends at once has exited, and stays so
    When a container is started whose command ends at once with the status 3
    Then it is reported as exited with the status 3, at once and later, in lists too
    And its wait reports the status 3

  @DRIFT-07
  Scenario: DRIFT-07 The events of a container whose command ends at once report its start, then its end
    Given a client listens to /events
    When a container is started whose command ends at once with the status 3
    Then /events reports its "start", then its "die" with the exit code 3, each once

  @DRIFT-08
  Scenario: DRIFT-08 A container whose command cannot be executed does not run, and is no success
    A Docker Engine refuses its start, and leaves it "created" with an exit code.

    When a container is started whose command cannot be executed
    Then it does not run, at once and later
    And it has an exit code other than 0, which its wait and its events agree with

  # --- An image that cannot be pulled ---

  @DRIFT-09
  Scenario: DRIFT-09 Each pull of an image that cannot be pulled fails in the same way, with a message
    When an image that cannot be pulled is pulled three times
    Then each pull fails with the same status and message
    And the message is a line of text that says what failed

  @DRIFT-10
  Scenario: DRIFT-10 An image that could not be pulled leaves nothing behind
    When an image that cannot be pulled is pulled three times
    Then the image is unknown, and no list has it
    And a container of it is refused, and none runs
    And a creation that was refused has left no container

  # --- Fargate: what happens in AWS, and what outlives the daemon ---

  @DRIFT-11 @only-ecs
  Scenario: DRIFT-11 A container whose task is stopped in AWS has exited, with AWS's reason
    When the task of a running container is stopped in AWS
    Then the container is reported as exited, at once and later, in lists too
    And its state has the reason that AWS has
    And its exit code is AWS's, in an inspection and in its wait

  @DRIFT-12 @only-ecs
  Scenario: DRIFT-12 When a container's task is stopped in AWS, /events reports that it died
    Given a client listens to /events
    When the task of a running container is stopped in AWS
    Then /events reports its "die" once, with the exit code that an inspection has

  @DRIFT-13 @only-ecs @restarts
  Scenario: DRIFT-13 A daemon that is restarted finds the containers again that run
    When the daemon is restarted while a container runs
    Then the container is found again with its ID, name, labels and image, and runs, at once and later
    And a list has it

  @DRIFT-14 @only-ecs @restarts
  Scenario: DRIFT-14 A container that was found again can be destroyed, and its task ends
    When the daemon is restarted while a container runs
    And a client destroys the container
    Then the container is gone, and its task has ended
