@gitlab @TST-011
Feature: GitLab Runner can use Sockerless as if it were Docker

  A GitLab Runner with the docker executor drives a CI job by a fixed sequence of Docker API calls: it pulls images, makes
  a network and volumes for the job, starts services, pipes the build script into an attached container, runs helpers and
  removes everything. The first 22 scenarios are the acceptance criteria of TST-011, one each and in its order; they judge
  one job together. The scenarios after them judge what the document's notes, and the runner itself, ask for besides.

  # --- Version negotiation ---

  @TST-011-AC-01
  Scenario: TST-011-AC-01 The ping announces API version 1.44
    When the runner asks GET /_ping
    Then the answer is 200
    And its header "API-Version" is "1.44", and still is at the end of the job
    And no backend was contacted to answer it

  # --- Images ---

  @TST-011-AC-02
  Scenario: TST-011-AC-02 Pulling alpine:latest succeeds and streams JSON progress messages
    When the runner pulls the image "alpine:latest"
    Then the answer is 200
    And it is a stream of JSON progress messages without an error
    And the image "alpine:latest" is there

  @TST-011-AC-03
  Scenario: TST-011-AC-03 Inspecting a pulled image returns its environment, command and entrypoint
    When the runner inspects the image "alpine:latest"
    Then the answer is 200
    And it is about the image "alpine:latest"
    And its Config.Env, Config.Cmd and Config.Entrypoint are there, each null or a list of texts

  # --- Network and volumes ---

  @TST-011-AC-04
  Scenario: TST-011-AC-04 The job's network is created with the requested name and labels
    When the runner creates the network "runner-net-<guid>"
    Then the answer is 201 with an ID
    And the network of that ID has the requested name and labels
    And the network of the job is there until the runner deletes it

  @TST-011-AC-05
  Scenario: TST-011-AC-05 The job's volume is created with the requested name
    When the runner creates the volume "runner-<hash>-build"
    Then the answer is 201
    And it has the volume's name, driver, mountpoint and scope
    And the build volume is there until the runner deletes it

  # --- Service container ---

  @TST-011-AC-06
  Scenario: TST-011-AC-06 A service container is created on the job's network with the shared volumes
    When the runner creates the service container
    Then the answer is 201 with an ID
    And the service container of that ID has the requested image, labels, volumes and network
    And the service container is there until the runner deletes it

  @TST-011-AC-07
  Scenario: TST-011-AC-07 A service container starts
    When the runner starts the service container
    Then the answer is 204
    And the service container leaves "created" within its deadline

  @TST-011-AC-08
  Scenario: TST-011-AC-08 A started service is running on the job's network under its aliases
    When the runner inspects the service container until it is no longer "created"
    Then it is "running", and still is when the clean-up begins
    And it is on the job's network under these aliases
      | alias    |
      | postgres |
      | db       |

  # --- Build container: attach before start ---

  @TST-011-AC-09
  Scenario: TST-011-AC-09 A build container is created with an open stdin, on the network and with the shared volumes
    When the runner creates the build container
    Then the answer is 201 with an ID
    And the build container of that ID has the requested image, command, labels, volumes and network
    And its stdin is open
    And the build container is there until the runner deletes it

  @TST-011-AC-10
  Scenario: TST-011-AC-10 The runner may attach before the container starts
    When the runner attaches to the build container's stdin, stdout and stderr
    Then the answer is 101, and the connection is handed over
    And the build container is still "created"

  @TST-011-AC-11
  Scenario: TST-011-AC-11 Starting the container activates the attached stream
    When the runner starts the build container
    Then the answer is 204
    And the build container is "running"
    And its attached stream is open

  @TST-011-AC-12
  Scenario: TST-011-AC-12 Output of a script sent to the attached stdin arrives on the attached stdout
    When the runner writes this script to the build container's stdin
      """
      echo "build-output"
      exit 0
      """
    Then its stdout is exactly the line "build-output"

  @TST-011-AC-13
  Scenario: TST-011-AC-13 A wait for "not-running" blocks until the container exits and reports its exit status
    When the runner waits for the build container with condition "not-running"
    Then the wait is not answered while the script runs
    And the wait is answered with StatusCode 0 once the build container has exited

  # --- Helper container ---

  @TST-011-AC-14
  Scenario: TST-011-AC-14 A helper container is created on the same network and with the same volumes
    When the runner creates the helper container
    Then the answer is 201 with an ID
    And the helper container of that ID has the requested image, command, labels, volumes and network
    And the helper container is there until the runner deletes it

  @TST-011-AC-15
  Scenario: TST-011-AC-15 The helper container works attached before its start, as the build container does
    When the runner attaches to the helper container, starts it and waits for it
    Then the answer is 101, and the connection is handed over
    And the helper container is still "created"
    And the start is answered with 204
    And its stdout is exactly the line "helper-output"
    And the wait is answered with StatusCode 0 once the helper container has exited

  # --- Clean-up ---

  @TST-011-AC-16
  Scenario: TST-011-AC-16 A running container can be killed with SIGTERM
    Given the service container was started
    When the runner kills the service container with the signal "SIGTERM"
    Then the answer is 204
    And the service container exits and stays stopped

  @TST-011-AC-17
  Scenario: TST-011-AC-17 A forced disconnect removes each container from the network
    Given each container of the job was on the network
    When the runner disconnects each container from the network by force
    Then each answer is 200
    And no container lists the network any more
    And the network itself is still there

  @TST-011-AC-18
  Scenario: TST-011-AC-18 A forced delete removes each container
    Given each container of the job was created
    When the runner deletes each container with force and its anonymous volumes
    Then each answer is 204
    And each container is unknown from then on

  @TST-011-AC-19
  Scenario: TST-011-AC-19 The network can be deleted
    When the runner deletes the network
    Then the answer is 204
    And the network is unknown from then on

  @TST-011-AC-20
  Scenario: TST-011-AC-20 The build and cache volumes can be deleted
    When the runner deletes the build and the cache volume
    Then each answer is 204
    And both volumes are unknown from then on

  @TST-011-AC-21
  Scenario: TST-011-AC-21 After the clean-up nothing of the job is listed
    When the job's containers and its network have been deleted
    Then GET /containers/json?all=true lists the job's containers no more
    And GET /networks lists the job's network no more

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
    Given the runner attached to the second job's helper container and wrote a line to its stdin before the start
    When the helper container relays its stdin
    Then the line arrives once, before everything else

  @TST-011-N-02
  Scenario: TST-011-N-02 Stdin arrives raw, byte for byte
    Only output is multiplexed: what Docker's clients write to stdin has no frames.

    Given the runner wrote bytes of every value to the second job's helper container and closed its stdin
    When the helper container relays its stdin
    Then the bytes come back unchanged

  @TST-011-N-03
  Scenario: TST-011-N-03 Output travels in well-formed frames, each labelled with its stream
    Given the runner is attached to the second job's helper container, which writes to stdout and to stderr
    When the helper container relays its stdin
    Then every frame is well formed until the stream ends
    And what it wrote to stderr, and nothing else, is labelled as stderr

  @TST-011-N-04 @needs-isolation
  Scenario: TST-011-N-04 A file that the helper writes into a shared volume is read by the build container
    The build container has the cache volume at another path: a volume is known by its name, not by its place.

    Given the second job's helper container wrote a file into the build volume and another into the cache volume
    When its build container reads both
    Then it reads what the helper wrote

  @TST-011-N-05
  Scenario: TST-011-N-05 A started service leaves the "created" state within its deadline
    When the runner polls the second job's service container until it is no longer "created"
    Then the second job's service container is "running"

  @TST-011-N-06 @needs-isolation
  Scenario: TST-011-N-06 Inside the job's network PostgreSQL answers under each of its aliases
    Given the second job's service container was started
    When its build container sends PostgreSQL's start-up message to each alias
      | alias    |
      | postgres |
      | db       |
    Then PostgreSQL's request for authentication comes back from each

  @TST-011-N-07 @needs-isolation
  Scenario: TST-011-N-07 A name that is no alias does not answer
    Given PostgreSQL answers inside the second job's network as "postgres"
    When its build container sends PostgreSQL's start-up message to "no-such-alias"
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
  Scenario: TST-011-N-09 Nothing is left of a job that is broken off half-way
    Given a job has created its network, volumes and build container
    When it is broken off there, and cleaned up
    Then nothing of it is left in the daemon

  @TST-011-N-10
  Scenario: TST-011-N-10 A job is over within its ten minutes
    When the second job has been driven to its end
    Then it took no longer than its deadline

  @TST-011-N-11
  Scenario: TST-011-N-11 A wait sends its headers at once, long before its answer
    The runner stops a container only after the headers of its wait have come.

    Given the second job's build container runs a shell
    When the runner waits for it with condition "not-running"
    Then the wait's headers come while the container runs

  @TST-011-N-12
  Scenario: TST-011-N-12 A script that fails is reported by its own exit status
    Given the second job's build container runs a shell
    When the shell exits with the status 7
    Then the wait and the container report 7

  @TST-011-N-13
  Scenario: TST-011-N-13 A pull of an image that does not exist fails, and says so
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

    Given the second job's build container runs a shell
    When the runner writes a command to the shell
    Then the command's output comes while the container runs

  # --- What GitLab Runner does besides ---

  @TST-011-N-16
  Scenario: TST-011-N-16 A ping by HEAD is answered like one by GET
    It is a runner's first call, and tells it which version of the API to speak.

    When the runner asks HEAD /_ping
    Then the answer is 200
    And it announces the API version that GET /_ping announces
    And nothing follows its head

  @TST-011-N-17
  Scenario: TST-011-N-17 A container that has exited can be attached to and started again
    The runner does so for each stage of a job that one container serves, and for an after_script.

    Given the second job's build container has exited
    When the runner attaches to it and starts it again
    Then the answer is 101, and the connection is handed over
    And the start is answered with 204
    And its shell answers on the new stream
    And the container is "running" again

  @TST-011-N-18
  Scenario: TST-011-N-18 A stop ends a running container
    The runner stops what still runs when a job is cancelled.

    Given the second job's build container was started again
    When the runner stops it while a wait is open
    Then the answer is 204
    And the container exits, and the open wait reports its second exit

  @TST-011-N-19
  Scenario: TST-011-N-19 A delete by force removes a running container
    Given the second job's service container was started
    When the runner deletes it by force while it runs
    Then the answer is 204
    And it is unknown from then on, and nothing of it is left running

  @TST-011-N-20
  Scenario: TST-011-N-20 A volume that exists can be created again
    The runner keeps its cache volumes, and creates them in each job.

    Given the second job's cache volume was created
    When the runner creates a volume of the same name again
    Then the answer is 201
    And it is the volume that was there

  @TST-011-N-21
  Scenario: TST-011-N-21 An image can be named by its ID and by its digest
    Versions of the runner create their containers by the one or the other, never by the name that they pulled.

    When the runner creates a container from each name that the build image reports: its ID and, if it has one, its digest
    Then the build image reports its ID
    And each answer is 201
    And each is a container of that image

  @TST-011-N-22
  Scenario: TST-011-N-22 The daemon reports its operating system and its API version
    The runner asks for both at first, and chooses its helper image by them.

    When the runner asks GET /info and GET /version
    Then /info reports OSType "linux" and an architecture
    And /version reports an API version

  @TST-011-N-23
  Scenario: TST-011-N-23 Inspecting alpine returns alpine's own search path and command
    When the runner inspects the image "alpine:latest"
    Then its Config.Env has a PATH and its Config.Cmd is a command

  @TST-011-N-24
  Scenario: TST-011-N-24 Both volumes of a job are read back with their driver and labels
    When the runner has created the build and the cache volume
    Then each is found by its name, with its driver and the requested labels

  @TST-011-N-25
  Scenario: TST-011-N-25 A network does not list a container that has left it
    When the runner has disconnected each container from the network by force
    Then the network lists none of them once they are disconnected
    And the network lists none of them once they are deleted

  @TST-011-N-26
  Scenario: TST-011-N-26 Deleting a container takes its anonymous volumes along, and no others
    When the runner has deleted each container with force and its anonymous volumes
    Then no anonymous volume of the containers is left
    And the job's own volumes are still there

  @TST-011-N-27 @not-on-ecs @needs-isolation
  Scenario: TST-011-N-27 PostgreSQL ends by itself when it is killed with SIGTERM
    On ECS a kill may stop the task, which ends in SIGKILL after its grace.

    Given PostgreSQL in the service container was past its start-up
    When the runner kills the service container with the signal "SIGTERM"
    Then its exit code is not that of SIGKILL
