@jobs
Feature: A CI job ends as its user expects

  What the user of a CI job sees: its log, how it ended, and that the next job finds the cache it left. Seven
  jobs run at the same time, driven as GitLab Runner drives them; on ECS they start ten Fargate tasks in all.

  @JOB-01
  Scenario: JOB-01 A job whose script succeeds has its whole output in its log, and the exit status 0
    When the job "success" has run
    Then its log is what its script wrote
    And it ended with the exit status 0

  @JOB-02
  Scenario: JOB-02 A job whose script fails has the script's exit status, and what it wrote to stderr
    When the job "failing" has run
    Then its log is what its script wrote, up to the failure and with its stderr
    And it ended with the exit status 3

  @JOB-03
  Scenario: JOB-03 A job that is cancelled ends
    When the job "cancelled" has run
    Then its stop is accepted, and it exits with a status other than 0
    And its log is what its script wrote until then

  @JOB-04
  Scenario: JOB-04 A job that takes too long is ended
    When the job "timedout" has run
    Then its stop is accepted, and it exits with a status other than 0
    And its log is what its script wrote until then

  @JOB-05
  Scenario: JOB-05 A job whose service is never ready goes on, and can show the service's log
    When the job "unready" has run
    Then its health check failed
    And the service's log can be read, each stream by itself
    And its log is what its script wrote
    And it ended with the exit status 0

  @JOB-06
  Scenario: JOB-06 Each pull of an image that cannot be pulled fails with the same message, and no container of it starts
    When the job "unpullable" has run
    Then both of its pulls failed with the same status and message
    And the image is not there, and a container of it is refused

  @JOB-07
  Scenario: JOB-07 An after_script runs after a script that failed
    When the job "failing" has run
    Then its after_script ran in the same container

  @JOB-08 @needs-isolation
  Scenario: JOB-08 The next job finds the cache
    When the job "success" has run
    And the next job has run
    Then the next job found what the first one left in the cache

  @JOB-09
  Scenario: JOB-09 A job's output comes while it runs, line by line
    When the job "live" has run
    Then each of its lines came while it was running, in order

  @JOB-10
  Scenario: JOB-10 A job's log with timestamps has the time when each line was written
    When the job "live" has run
    Then its log has each line with the time when it was written

  @JOB-11
  Scenario: JOB-11 The logs of jobs that run at once do not mix
    When all jobs have run at the same time
    Then each log is its own job's

  @JOB-12
  Scenario: JOB-12 Nothing is left of any job
    This holds for the jobs that failed, were cancelled or timed out as well.

    When all jobs have run at the same time
    And the runner has cleaned up after each
    Then nothing of them is left in the daemon
