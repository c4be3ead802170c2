@ecs @TST-010
Feature: Sockerless runs containers as AWS ECS Fargate tasks

  Behind the Docker API, a container on the ECS backend is a Fargate task: create registers a task definition, start runs
  the task, logs come from CloudWatch, exec goes through an agent. The first 18 scenarios are the acceptance criteria of
  TST-010, one each and in its order. Three containers serve them all: "echo" writes one line and exits, "tail" runs on,
  and "writer" writes to both streams and is stopped. They are judged by what the daemon says and by what AWS says.

  # --- Prerequisites ---

  @TST-010-AC-01
  Scenario: TST-010-AC-01 Without AWS credentials everything here is skipped, with them it is judged
    When the suite is started as a separate process in each of these environments
      | environment                | verdict    | exit code | cause                         |
      | no AWS variable            | skipped    | 0         | AWS credentials not available |
      | only a default profile     | skipped    | 0         | AWS credentials not available |
      | a pair of keys             | judged     | 0 or 1    |                               |
      | a profile                  | judged     | 0 or 1    |                               |
      | only AWS_ACCESS_KEY_ID     | not judged | 3         | AWS_SECRET_ACCESS_KEY         |
      | only AWS_SECRET_ACCESS_KEY | not judged | 3         | AWS_ACCESS_KEY_ID             |
      | a profile that no file has | not judged | 3         | no-such-profile               |
    Then each run ends with its verdict, exit code and cause

  @TST-010-AC-02
  Scenario: TST-010-AC-02 Cluster and network are read from the environment, and tasks run there
    When the suite is started as a separate process in each of these environments
      | environment                           | verdict    | exit code | cause                         |
      | all but SOCKERLESS_ECS_CLUSTER        | not judged | 3         | SOCKERLESS_ECS_CLUSTER        |
      | all but SOCKERLESS_ECS_SUBNETS        | not judged | 3         | SOCKERLESS_ECS_SUBNETS        |
      | all but SOCKERLESS_ECS_SECURITY_GROUP | not judged | 3         | SOCKERLESS_ECS_SECURITY_GROUP |
    Then each run ends with its verdict, exit code and cause
    And the tail container's task runs in that cluster, in one of those subnets, with that security group

  # --- Container lifecycle ---

  @TST-010-AC-03
  Scenario: TST-010-AC-03 A container is created from an image and a command
    When a client creates the echo container from "alpine:latest" with the command ["echo", "hello from fargate"]
    Then the answer is 201 with an ID
    And the echo container of that ID has the requested image, command and labels
    And the echo container is there until a client deletes it

  @TST-010-AC-04
  Scenario: TST-010-AC-04 A start blocks until the Fargate task runs
    When a client starts the echo and the tail container
    Then each answer is 204, within 120 seconds
    And each container's Fargate task was RUNNING by then

  @TST-010-AC-05
  Scenario: TST-010-AC-05 A started container is running, at the private address of its task
    When a client inspects the tail container right after its start, and a second later
    Then its State.Status is "running"
    And its NetworkSettings.IPAddress is the private address of its task

  @TST-010-AC-06
  Scenario: TST-010-AC-06 A container whose command completed has exited with 0
    When a client inspects the echo container until its command has completed
    Then it has exited with 0, and stays so

  @TST-010-AC-07
  Scenario: TST-010-AC-07 A stop ends a running container
    Given the writer container was started
    When a client stops the writer container
    Then the answer is 204
    And the container exits and stays stopped
    And its Fargate task stops

  @TST-010-AC-08
  Scenario: TST-010-AC-08 A delete removes the container and deregisters its task definition
    Given the echo container was created
    When a client deletes the echo container once its command has completed
    Then the answer is 204
    And the container is unknown from then on
    And none of its task definitions is ACTIVE any more

  # --- List and filter ---

  @TST-010-AC-09
  Scenario: TST-010-AC-09 The list of all containers includes it with image, state and name
    Given the echo container was created
    When a client asks GET /containers/json?all=true once the echo container's command has completed
    Then the echo container is listed once, with its image, its state and its name

  @TST-010-AC-10
  Scenario: TST-010-AC-10 A label filter lists the containers that have the label, and no others
    Given the tail container was started
    And a container with the label "test-run=ecs-integration-too" was created
    When a client asks GET /containers/json?filters={"label":["test-run=ecs-integration"]}
    Then every container listed has that label
    And the tail container is listed as "running", the other one is not listed

  # --- Logs ---

  @TST-010-AC-11
  Scenario: TST-010-AC-11 Logs are retrieved from CloudWatch
    When a client asks for the echo container's logs on both streams
    Then the answer is 200
    And every line that the container wrote is there once, those of stdout in frames of stdout
    And further lines are there only where CloudWatch has them too
    And CloudWatch has "hello from fargate" in the task's own log stream

  @TST-010-AC-12
  Scenario: TST-010-AC-12 Logs are returned in Docker's multiplexed frames
    When a client asks for the writer container's logs on both streams
    Then the answer is 200
    And it consists of well-formed frames
    And every line that the container wrote is there once, those of stdout in frames of stdout
    And further lines are there only where CloudWatch has them too

  @TST-010-AC-13
  Scenario: TST-010-AC-13 Timestamps are prepended to each line
    Docker answers 400 to a request for logs of neither stream, so both are asked for beside the timestamps.

    When a client asks for the writer container's logs on both streams with timestamps
    Then the answer is 200
    And each line begins with an RFC 3339 timestamp, in order
    And without the timestamps the lines are unchanged
    And each timestamp matches CloudWatch's, and a second request returns the same ones

  # --- Agent connectivity ---

  @TST-010-AC-14
  Scenario: TST-010-AC-14 An exec is created in a running container
    Given the tail container was started
    When a client creates an exec of ["echo", "exec-works"] in the tail container
    Then the answer is 201 with an ID
    And an inspection of that ID shows the exec

  @TST-010-AC-15
  Scenario: TST-010-AC-15 An exec's output arrives on the hijacked stream
    When a client starts the exec of ["echo", "exec-works"]
    Then the answer is 101, and the connection is handed over
    And the exec's stdout is exactly the line "exec-works"

  @TST-010-AC-16
  Scenario: TST-010-AC-16 A successful exec reports exit code 0
    When a client inspects the exec of ["echo", "exec-works"] once it has ended
    Then its ExitCode is 0, and stays so

  @TST-010-AC-17
  Scenario: TST-010-AC-17 A failing exec reports its exit code
    When a client inspects the exec of ["sh", "-c", "exit 7"] once it has ended
    Then its ExitCode is 7, and stays so

  # --- Clean-up ---

  @TST-010-AC-18
  Scenario: TST-010-AC-18 Clean-up leaves no task, task definition or log group behind, even if a run was broken off
    Given the containers of this feature have done their work
    And another run was broken off half-way, after it had created a container
    When both have been cleaned up
    Then no container of theirs is left in the daemon
    And no task, task definition or log group of theirs is left in AWS

  # --- What the notes, and real builds, add ---

  @TST-010-N-01
  Scenario: TST-010-N-01 A start that cannot succeed is answered by an error within its deadline
    When a client starts a container whose image cannot be pulled
    Then it is answered by an error with a "message" within 120 seconds
    And nothing of it is left running

  @TST-010-N-02
  Scenario: TST-010-N-02 The daemon reports the Docker state that matches the task's status
    ACTIVATING, DEACTIVATING and STOPPING are not in the document's table; they count as what comes before or after them.

    When a client inspects the echo, tail and writer containers while AWS describes their tasks
    Then each task status is reported as this state, and no other
      | task status    | state   |
      | PROVISIONING   | created |
      | PENDING        | created |
      | ACTIVATING     | created |
      | RUNNING        | running |
      | DEACTIVATING   | running |
      | STOPPING       | running |
      | DEPROVISIONING | running |
      | STOPPED        | exited  |
    And each container that has exited has its task's exit code

  @TST-010-N-03
  Scenario: TST-010-N-03 An exec in a container that has exited is refused
    Given the echo container's command has completed
    When a client creates an exec of ["echo", "exec-works"] in the echo container
    Then it is refused with 409 and a "message"

  @TST-010-N-04
  Scenario: TST-010-N-04 A command that does not exist does not leave its container running
    When a client starts a container whose command does not exist
    Then it is answered by an error, or the container exits with another code than 0
    And nothing of it is left running

  @TST-010-N-05
  Scenario: TST-010-N-05 An exec runs inside its container
    Given the tail container was started
    When a client starts an exec that prints a variable set only in the tail container
    Then the exec's stdout is exactly the value of that variable

  @TST-010-N-06
  Scenario: TST-010-N-06 An exec has no exit code before it was started
    When a client inspects each exec in the tail container before its start
    Then it does not run and has no exit code

  @TST-010-N-07
  Scenario: TST-010-N-07 A container in which an exec ran runs on until it is stopped
    Given an exec was started in the tail container
    When a client stops the tail container
    Then the container was running until then
    And the answer is 204
    And the container exits and stays stopped
    And its Fargate task stops
