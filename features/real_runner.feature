@real-runner
Feature: A real GitLab Runner runs CI jobs on Sockerless

  The suite serves the few GitLab endpoints that a gitlab-runner binary needs, and gives it jobs for its docker executor.
  What is judged is what a user of GitLab sees: how the job ended, its log, and what is left in the daemon. If no
  gitlab-runner is on PATH, and none is named by -D runner=PATH, the scenarios are skipped.

  @REAL-01 @needs-isolation
  Scenario: REAL-01 A job succeeds, and its log has the output of its script in order
    Stdout and stderr are two streams: each has its own order, and none is promised between them.

    When GitLab Runner runs the job "success"
    Then the job has succeeded
    And its log has these lines, each once and in this order
      """
      first line
      last line
      """
    And its log has the line "on stderr"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-02 @needs-isolation
  Scenario: REAL-02 A job whose script fails has the script's exit code, and its log says why
    When GitLab Runner runs the job "failing script"
    Then the job has failed with the reason "script_failure" and the exit code 3
    And its log has the line "before the failure"
    And its log has the line "why it failed"
    And its log does not have the line "not reached"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-03 @needs-isolation
  Scenario: REAL-03 A cancelled job ends, and nothing of it keeps running
    When GitLab Runner runs the job "cancelled"
    Then the job was cancelled while its script ran
    And its log does not have the line "not reached"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-04 @needs-isolation
  Scenario: REAL-04 A job that exceeds its timeout is ended, and fails for that reason
    When GitLab Runner runs the job "timed out"
    Then the job has failed with the reason "job_execution_timeout"
    And its log has the line "it takes too long"
    And its log does not have the line "not reached"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-05 @needs-isolation
  Scenario: REAL-05 An after_script runs after a script that failed
    When GitLab Runner runs the job "after_script"
    Then the job has failed with the reason "script_failure" and the exit code 3
    And its log has these lines, each once and in this order
      """
      in the script
      after the failure
      """
    And nothing of the job is left in the daemon but its cache volume

  @REAL-06 @needs-isolation
  Scenario: REAL-06 A job reaches its service under each alias once the runner has waited for it
    When GitLab Runner runs the job "service"
    Then the job has succeeded
    And its log has these lines, each once and in this order
      """
      reached as postgres
      reached as db
      """
    And no line of its log contains "probably didn't start properly"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-07 @needs-isolation
  Scenario: REAL-07 A job whose service never listens is warned, shown the service's log, and goes on
    When GitLab Runner runs the job "silent service"
    Then the job has succeeded
    And a line of its log contains "probably didn't start properly"
    And a line of its log contains "said by the service"
    And its log has the line "it goes on"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-08 @needs-isolation
  Scenario: REAL-08 A job whose image cannot be pulled fails for that reason, and its log names the image
    When GitLab Runner runs the job "missing image"
    Then the job has failed because its image could not be pulled
    And a line of its log contains "failed to pull image"
    And a line of its log contains "no-such-registry.invalid/acceptance:none"
    And its log does not have the line "not reached"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-09 @needs-isolation
  Scenario: REAL-09 The next job finds what a job put into its cache
    When GitLab Runner runs the job "cache"
    Then the job has succeeded
    And nothing of the job is left in the daemon but its cache volume
    When GitLab Runner runs the job "cache again"
    Then the job has succeeded
    And its log has the line "from the first job"
    And nothing of the job is left in the daemon but its cache volume

  @REAL-10 @needs-isolation
  Scenario: REAL-10 A job's output appears in its log while the job runs
    When GitLab Runner runs the job "slow output"
    Then the job has succeeded
    And each of these lines is in its log before the next is written
      """
      line 1
      line 2
      line 3
      """
    And nothing of the job is left in the daemon but its cache volume

  @REAL-11 @needs-isolation
  Scenario: REAL-11 A job reaches its service by links, without a network of its own
    Unless FF_NETWORK_PER_BUILD is set, a runner makes no network for a job: it links the service to each container.

    When GitLab Runner runs the job "linked service"
    Then the job has succeeded
    And its log has these lines, each once and in this order
      """
      reached as postgres
      reached as db
      """
    And no line of its log contains "probably didn't start properly"
    And nothing of the job is left in the daemon but its cache volume
