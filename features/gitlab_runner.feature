@gitlab @TST-011
Feature: GitLab Runner can use Sockerless as if it were Docker

  A GitLab Runner with the docker executor drives a CI job by a fixed sequence of Docker API calls: it pulls images, makes
  a network and volumes for the job, starts services, pipes the build script into an attached container, runs helpers and
  removes everything. The first 22 scenarios are the acceptance criteria of TST-011, one each and in its order; they look
  at one job together. The notes' scenarios after them look at a further job.

  # --- Version negotiation ---

  @TST-011-AC-01
  Scenario: TST-011-AC-01 The ping announces API version 1.44
    When the runner asks GET /_ping
    Then the answer is 200
    And its header "API-Version" is "1.44"
    And no backend was contacted to answer it

  # --- Images ---

  @TST-011-AC-02
  Scenario: TST-011-AC-02 Pulling alpine:latest succeeds and streams JSON progress messages
    When the runner pulls image "alpine" with tag "latest"
    Then the answer is 200
    And it is a stream of JSON progress messages without an error
    And the image "alpine:latest" is there

  @TST-011-AC-03
  Scenario: TST-011-AC-03 A pulled image tells its environment, command and entrypoint
    When the runner inspects the image "alpine:latest"
    Then the answer is 200
    And its metadata includes Config.Env, Config.Cmd and Config.Entrypoint

  # --- Network and volumes ---

  @TST-011-AC-04
  Scenario: TST-011-AC-04 A network of the job is created under its name and labels
    When the runner creates the network "runner-net-<guid>" with its labels
    Then the answer is 201 with a network ID
    And the network of that ID has the name and the labels

  @TST-011-AC-05
  Scenario: TST-011-AC-05 A volume of the job is created under its name
    When the runner creates the volume "runner-<hash>-build"
    Then the answer is 201 with the volume's metadata
    And the volume of that name has the same metadata

  # --- Service container ---

  @TST-011-AC-06
  Scenario: TST-011-AC-06 A service container is created with network aliases and the shared volumes
    When the runner creates the service container with the aliases "postgres" and "db"
    Then the answer is 201 with a container ID
    And the container has the image, labels, volumes, network and aliases that were asked for

  @TST-011-AC-07
  Scenario: TST-011-AC-07 A service container starts
    When the runner starts the service container
    Then the answer is 204
    And the service container is no longer "created"

  @TST-011-AC-08
  Scenario: TST-011-AC-08 A started service runs, on the job's network under its aliases
    When the runner inspects the service container until it is no longer "created"
    Then its State.Status is "running"
    And its networks include the job's, with the aliases "postgres" and "db"

  # --- Build container: attach before start ---

  @TST-011-AC-09
  Scenario: TST-011-AC-09 A build container is created with an open stdin, on the network and with the shared volumes
    When the runner creates the build container from "alpine:latest" with the command "sh"
    Then the answer is 201 with a container ID
    And the container has the image, labels, volumes, network and aliases that were asked for
    And its stdin is open

  @TST-011-AC-10
  Scenario: TST-011-AC-10 The runner may attach before the container starts
    When the runner attaches to the build container's stdin, stdout and stderr
    Then the answer is 101 and the connection is handed over
    And the build container is still "created"

  @TST-011-AC-11
  Scenario: TST-011-AC-11 The start makes the attached stream active
    When the runner starts the build container that it is attached to
    Then the answer is 204
    And the build container is "running" and its stream is open

  @TST-011-AC-12
  Scenario: TST-011-AC-12 A script written to the attached stdin writes to the attached stdout
    When the runner writes this script to the build container's stdin
      """
      echo "build-output"
      exit 0
      """
    Then the whole of its stdout is the line "build-output"

  @TST-011-AC-13
  Scenario: TST-011-AC-13 A wait for "not-running" blocks until the container exits and reports its exit status
    When the runner waits for the build container with condition "not-running" while its script runs
    Then the wait is not answered while the script runs
    And it is answered with StatusCode 0 once the container has exited

  # --- Helper container ---

  @TST-011-AC-14
  Scenario: TST-011-AC-14 A helper container is created on the same network and with the same volumes
    When the runner creates the helper container with the command "echo helper-output" for a shell
    Then the answer is 201 with a container ID
    And the container has the image, labels, volumes, network and aliases that were asked for
    And its network and volumes are those of the build container

  @TST-011-AC-15
  Scenario: TST-011-AC-15 The helper container works attached before its start, as the build container does
    When the runner attaches to the helper container, starts it and waits for it
    Then the attach is answered by 101 while the helper container is "created"
    And the start is answered by 204
    And the whole of its stdout is the line "helper-output"
    And the wait is answered with StatusCode 0

  # --- Clean-up ---

  @TST-011-AC-16
  Scenario: TST-011-AC-16 A running container can be killed with SIGTERM
    Given the service container is "running"
    When the runner kills it with the signal "SIGTERM"
    Then the answer is 204
    And the service container exits on it and does not run any more

  @TST-011-AC-17
  Scenario: TST-011-AC-17 A forced disconnect removes each container from the network
    Given each container of the job is on the network
    When the runner disconnects each from the network by force
    Then each disconnect is answered by 200
    And no container has the network among its own any more
    And the network lists none of them

  @TST-011-AC-18
  Scenario: TST-011-AC-18 A forced delete removes each container
    Given each container of the job exists
    When the runner deletes each with force and its anonymous volumes
    Then each delete is answered by 204
    And each container is unknown from then on
    And its anonymous volumes are unknown too
    And the job's own volumes are still there
    And the network lists none of them

  @TST-011-AC-19
  Scenario: TST-011-AC-19 The network can be deleted
    Given the containers of the job are deleted
    When the runner deletes the network
    Then the answer is 204
    And the network is unknown from then on

  @TST-011-AC-20
  Scenario: TST-011-AC-20 The build and cache volumes can be deleted
    Given the containers of the job are deleted
    When the runner deletes the build and the cache volume
    Then each volume's delete is answered by 204
    And each volume is unknown from then on

  @TST-011-AC-21
  Scenario: TST-011-AC-21 After the clean-up nothing of the job is listed
    Given the lists of containers and networks showed the job while it existed
    When the job's containers and network are deleted
    Then GET /containers/json?all=true lists none of the job's containers
    And GET /networks does not list the job's network

  # --- Full flow ---

  @TST-011-AC-22
  Scenario: TST-011-AC-22 A whole job succeeds, step by step and call by call in the runner's order
    The document has two orders for the clean-up. That of its notes counts: kill, stop, disconnect, delete the containers,
    the volumes, the network. What single versions of the runner do besides (load a helper image, check health) is left out.

    When the runner drives a whole job of its own, from the ping to the clean-up
    Then every step of it succeeds, and its calls are made in the document's order

  # --- What the notes and the definition of done add ---

  @TST-011-N-01
  Scenario: TST-011-N-01 What is written to stdin before the start is buffered and delivered once
    Given the runner attached to the helper container and wrote a line to its stdin before the start
    When the helper container relays its stdin
    Then the line arrives once, before everything else

  @TST-011-N-02
  Scenario: TST-011-N-02 Stdin arrives raw, byte for byte
    Only output is multiplexed: what Docker's clients write to stdin has no frames.

    Given the runner wrote bytes of every value to the started helper container's stdin and closed it
    When the helper container relays its stdin
    Then the bytes come back unchanged

  @TST-011-N-03
  Scenario: TST-011-N-03 Output travels in well-formed frames, each labelled with its stream
    Given the runner is attached to the helper container, which writes to stdout and to stderr
    When the helper container relays its stdin
    Then every frame is well formed until the stream ends
    And what it wrote to stderr, and nothing else, is labelled as stderr

  @TST-011-N-04 @needs-isolation
  Scenario: TST-011-N-04 A file that the helper writes into a shared volume is read by the build container
    The build container has the cache volume at another path: a volume is known by its name, not by its place.

    Given the helper container wrote a file into the build volume and another into the cache volume
    When the build container reads both
    Then it reads what the helper wrote

  @TST-011-N-05
  Scenario: TST-011-N-05 A service that is polled leaves "created" within its deadline
    Given the runner started the notes' service container
    When it polls the service container until it is no longer "created"
    Then the service container is "running"

  @TST-011-N-06 @needs-isolation
  Scenario: TST-011-N-06 Inside the job's network PostgreSQL answers under each of its aliases
    Given the notes' service container runs PostgreSQL
    When the build container sends PostgreSQL's start-up message to each alias
      | alias    |
      | postgres |
      | db       |
    Then PostgreSQL's request for authentication comes back from each

  @TST-011-N-07 @needs-isolation
  Scenario: TST-011-N-07 A name that is no alias does not answer
    Given PostgreSQL answers inside the job's network as "postgres"
    When the build container sends PostgreSQL's start-up message to "no-such-alias"
    Then nothing answers

  @TST-011-N-08
  Scenario: TST-011-N-08 An error says what is wrong in a JSON message
    When a client asks for what does not exist
      | method | path                                | status |
      | GET    | /containers/no-such-container/json  | 404    |
      | POST   | /containers/no-such-container/start | 404    |
      | POST   | /containers/no-such-container/kill  | 404    |
      | POST   | /containers/no-such-container/wait  | 404    |
      | DELETE | /containers/no-such-container       | 404    |
      | GET    | /networks/no-such-network           | 404    |
      | DELETE | /networks/no-such-network           | 404    |
      | GET    | /volumes/no-such-volume             | 404    |
      | DELETE | /volumes/no-such-volume             | 404    |
      | GET    | /images/no-such-image/json          | 404    |
      | GET    | /no-such-route                      | 404    |
    Then each answer has its status and is a JSON object with a "message"

  @TST-011-N-09
  Scenario: TST-011-N-09 Clean-up runs although an assertion in mid-job failed
    Given a job that has created its network, volumes and build container
    When an assertion fails in the middle of the job
    Then nothing of that job is left in the daemon

  @TST-011-N-10
  Scenario: TST-011-N-10 A job is over within its ten minutes
    Given the notes' containers were started
    When the notes' job has been driven to its end
    Then it took no longer than its deadline

  @TST-011-N-11
  Scenario: TST-011-N-11 A wait sends its headers at once, long before its answer
    The runner stops a container only after the headers of its wait have come.

    Given the notes' build container runs
    When the runner waits for it with condition "not-running"
    Then the wait's headers come while the container runs

  @TST-011-N-12
  Scenario: TST-011-N-12 A script that fails is reported by its own exit status
    Given the notes' build container runs
    When its shell ends with the status 7
    Then the wait and the container tell 7

  @TST-011-N-13
  Scenario: TST-011-N-13 A pull of an image that does not exist fails, and says so
    Given an image that does exist can be pulled
    When the runner pulls an image that no registry has
    Then the pull is answered by an error with a message, or ends with one

  @TST-011-N-14
  Scenario: TST-011-N-14 A container of an image that was never pulled cannot be run
    A daemon that leaves the pull to a task may create the container; its start must fail then.

    When the runner creates and starts a container of an image that no registry has
    Then one of the two is answered by an error with a message

  @TST-011-N-15
  Scenario: TST-011-N-15 Output flows while the container runs
    A job's log is followed while the job runs; output that comes only with the container's end is no log.

    Given the notes' build container runs a shell whose stdin stays open
    When the runner writes a command to the shell
    Then the command's output comes while the container runs

  # --- What GitLab Runner does besides ---

  @TST-011-N-16
  Scenario: TST-011-N-16 A ping by HEAD is answered like one by GET
    It is a runner's first call, and tells it which version of the API to speak.

    Given GET /_ping is answered by 200
    When the runner asks HEAD /_ping
    Then the answer is 200
    And it announces the API version that GET /_ping announces
    And nothing follows its head

  @TST-011-N-17
  Scenario: TST-011-N-17 A container that has exited can be attached to and started again
    The runner does so for each stage of a job that one container serves, and for an after_script.

    Given the notes' build container has exited
    When the runner attaches to it and starts it again
    Then the attach is answered by 101 and the start by 204
    And its shell answers on the new stream

  @TST-011-N-18
  Scenario: TST-011-N-18 A stop ends a running container
    The runner stops what still runs when a job is cancelled.

    Given the notes' build container runs again, and the runner waits for it
    When the runner stops it
    Then the answer is 204
    And the container exits, and the wait tells its second end

  @TST-011-N-19
  Scenario: TST-011-N-19 A delete by force removes a running container
    Given the notes' service container runs PostgreSQL
    When the runner deletes it by force while it runs
    Then the answer is 204
    And it is unknown from then on, and nothing of it runs on

  @TST-011-N-20
  Scenario: TST-011-N-20 A volume that exists can be created again
    The runner keeps its cache volumes, and creates them in each job.

    Given the runner created the notes' cache volume
    When it creates a volume of the same name again
    Then the answer is 201
    And it is the volume that was there

  @TST-011-N-21
  Scenario: TST-011-N-21 An image can be named by its ID and by its digest
    Versions of the runner create their containers by the one or the other, never by the name that they pulled.

    Given the notes' build image tells its ID
    When the runner creates a container by each
    Then each is answered by 201

  @TST-011-N-22
  Scenario: TST-011-N-22 The daemon tells its operating system and its version
    The runner asks for both at first, and chooses its helper image by them.

    When the runner asks GET /info and GET /version
    Then the one tells "linux" and an architecture
    And the other tells a version of the API
