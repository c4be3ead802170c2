@runner @contract
Feature: A daemon keeps what GitLab Runner's jobs rely on

  TST-011 describes what GitLab Runner does; the runner does more. Each scenario here is one thing that its jobs rely on
  beyond the document, and that a daemon can get wrong while every criterion holds: then a job fails, or succeeds wrongly.
  The scenarios share four small jobs, which on ECS start ten Fargate tasks in all.

  # --- One container serves several stages of a job ---

  @RUN-31
  Scenario: RUN-31 A container can be started a third and a fourth time
    When the runner has attached to a container and started it four times
    Then each attach is answered with 101 and each start with 204
    And the third and the fourth start have output and an exit status of their own

  @RUN-32 @needs-isolation
  Scenario: RUN-32 A container started a second time still has its volumes
    When the runner has started a container a second time
    Then it finds what it wrote into its volume at its first start

  @RUN-33 @needs-isolation
  Scenario: RUN-33 A container started a second time still has its own files
    When the runner has started a container a second time
    Then it finds what it wrote outside of its volumes at its first start

  @RUN-34
  Scenario: RUN-34 Stderr of a container started a second time arrives as stderr
    When the runner has started a container a second time
    Then what it writes to stderr arrives, labelled as stderr

  @RUN-35 @needs-isolation
  Scenario: RUN-35 A container started a second time is still on its network
    Given the job's service answers the container at its first start
    When the runner has started a container a second time
    Then the job's service answers it again

  @RUN-36
  Scenario: RUN-36 A container started a second time has a new exit status
    When the runner has started a container a second time
    Then the wait and the container report the exit status 3

  # --- Streams ---

  @RUN-37
  Scenario: RUN-37 A stream stays open while the container is silent
    A script may write nothing for a long time; the end of its stdin is not the end of the job.

    When a container writes nothing for 25 seconds after the end of its stdin
    Then its attached stream stays open

  @RUN-38
  Scenario: RUN-38 Output that comes long after the end of stdin arrives
    When a container writes nothing for 25 seconds after the end of its stdin
    Then its later output arrives on stdout and on stderr, and its exit status is reported

  @RUN-39
  Scenario: RUN-39 Every line of 50 MB on stdout and stderr arrives, in order on each stream
    When a container writes numbered lines to stdout and stderr at once, 50 MB in all
    Then all of them arrive, in order on each stream

  @RUN-40
  Scenario: RUN-40 A script of 4 MB runs to its end
    When the runner writes a script of 4 MB to a container's stdin
    Then the script's last lines run

  @RUN-41
  Scenario: RUN-41 Binary output arrives unchanged
    When a container writes every byte value to its stdout
    Then the bytes arrive unchanged

  @RUN-42
  Scenario: RUN-42 A script may close its stdin and go on
    When a container's script closes its stdin
    Then what it writes afterwards arrives, and its exit status is reported

  # --- The job's network ---

  @RUN-43 @needs-isolation
  Scenario: RUN-43 The first 12 characters of a container's ID resolve in its network
    The runner's health check connects to a service by them.

    Given the job's service answers the container at its first start
    When a container connects to the service by the first 12 characters of its ID
    Then the service answers

  @RUN-44
  Scenario: RUN-44 A container shows the ports that its image exposes
    The runner waits for a service only if its container exposes a port.

    When the runner inspects the service's container
    Then its Config.ExposedPorts has the ports of its image

  @RUN-45 @needs-isolation
  Scenario: RUN-45 An alias does not resolve outside of its network
    Given the job's service answers the container at its first start
    When a container in another network connects to the service by its alias
    Then nothing answers

  @RUN-46
  Scenario: RUN-46 Aliases may occur twice, and may have underscores
    When the runner creates a container with the aliases postgres, postgres, db and a__b
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  @RUN-47
  Scenario: RUN-47 A container's IPAddress has no prefix length
    When the runner inspects the service's container
    Then its IPAddress is an IP address without a prefix length

  @RUN-48
  Scenario: RUN-48 A network lists a container's address with its prefix length
    When the runner inspects the job's network while the service runs
    Then the service's IPv4Address is an IP address with a prefix length

  @RUN-49
  Scenario: RUN-49 A container with an empty NetworkMode starts, and exits without an error
    The runner creates the containers that prepare its volumes this way.

    When the runner creates, starts and waits for a container with an empty NetworkMode
    Then it starts, and exits without an error

  @RUN-50
  Scenario: RUN-50 A container may have no NetworkingConfig
    When the runner creates a container with a NetworkingConfig that is null
    Then the answer is 201 with an ID
    And an inspection shows the container of that ID

  @RUN-51
  Scenario: RUN-51 A network may leave its driver and its addresses to the daemon
    When the runner creates a network with an empty Driver and an IPAM that is null
    Then the answer is 201 with an ID
    And an inspection shows its name, and a driver that the daemon chose

  # --- Environment, volumes, command, images ---

  @RUN-52
  Scenario: RUN-52 All 75 environment variables reach the container, an empty one and one of several lines included
    When the runner has started a container with 75 variables
    Then the container finds each of them with its value

  @RUN-53 @needs-isolation
  Scenario: RUN-53 A named volume keeps its content when its last container is deleted
    It is the cache of the next job.

    When a volume is mounted again after its last container was deleted
    Then its content is still there

  @RUN-54
  Scenario: RUN-54 A script in a container's command is passed on unchanged
    The runner's build container finds its shell by a script of 400 bytes, line feeds and tabs included.

    When the runner starts a container whose command is a script of 400 bytes
    Then the command is shown as it was given, and the script runs

  @RUN-55
  Scenario: RUN-55 An image is found by its ID
    When the runner inspects the image by its ID
    Then it is the same image

  @RUN-56
  Scenario: RUN-56 An image is found by its digest
    Given the image has a digest
    When the runner inspects the image by its digest
    Then it is the same image

  @RUN-57
  Scenario: RUN-57 An image's name may have a host and a path
    When the runner inspects an image that is not there, named by host, path and tag
    Then the answer is 404 with a message that names the image

  # --- What a container is created with ---

  @RUN-58
  Scenario: RUN-58 A container may have a name of 100 characters
    When the runner creates a container with a name of 100 characters
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  @RUN-59
  Scenario: RUN-59 A container may have 25 labels
    When the runner creates a container with 25 labels
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  @RUN-60
  Scenario: RUN-60 A label's value may have colons and slashes
    When the runner creates a container with a label whose value has colons and slashes
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  @RUN-61
  Scenario: RUN-61 A container may have the restart policy "no"
    When the runner creates a container with the restart policy "no"
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  @RUN-62
  Scenario: RUN-62 A container may have every field of HostConfig, with its null, zero or empty value
    When the runner creates a container with every field of HostConfig that the runner sends
    Then the answer is 201 with an ID
    And an inspection shows the container of that ID

  @RUN-63
  Scenario: RUN-63 A container may have a hostname of 40 characters
    When the runner creates a container with a hostname of 40 characters
    Then the answer is 201 with an ID
    And an inspection shows what was asked for

  # --- Exec, stop, flags, clean-up ---

  @RUN-64
  Scenario: RUN-64 A command can be run in a running container
    This is how the runner ends the processes of a cancelled job.

    When the runner runs a command in a running container
    Then its output arrives, and the stream ends

  @RUN-65
  Scenario: RUN-65 No command can be run in a container that has exited
    When the runner creates an exec in a container that has exited
    Then the answer is 409

  @RUN-66
  Scenario: RUN-66 A stop without a time sends SIGTERM
    When the runner stops a running container without a time
    Then the answer is 204
    And the container's own SIGTERM handler runs and sets its exit status

  @RUN-67
  Scenario: RUN-67 A flag in a query may be written as 1
    When the runner attaches, lists and deletes with flags that are written as 1
    Then the attach is answered with 101, and carries the container's output
    And the list has the containers that have exited, and the running container is deleted

  @RUN-68
  Scenario: RUN-68 Containers can be deleted over three connections at once
    When the runner deletes three containers over three connections at the same time
    Then each answer is 204
    And each of them is unknown from then on
