@runner @recorded
Feature: Recorded jobs of GitLab Runner are answered as Docker answered them
  TST-011 describes what GitLab Runner asks; these jobs are what it asked. The calls of real runners were recorded on their
  way to a Docker Engine. They are put to the daemon in the recorded order, with every field of every body, each while
  the same other calls are under way, and every answer is compared with the recorded one.
  Scripts are our own, of equal effect. recordings/README.md describes the recordings and lists what may differ.

  @RUN-01 @costly-on-ecs
  Scenario: RUN-01 A job of GitLab Runner 17.11 succeeds
    When the recording "RUN-01-gitlab-runner-17.11-success" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-02 @costly-on-ecs
  Scenario: RUN-02 A job of GitLab Runner 17.11 has a failing script
    When the recording "RUN-02-gitlab-runner-17.11-failing-script" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-03 @costly-on-ecs
  Scenario: RUN-03 A job of GitLab Runner 17.11 is cancelled
    When the recording "RUN-03-gitlab-runner-17.11-cancelled" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-04 @costly-on-ecs
  Scenario: RUN-04 A job of GitLab Runner 17.11 fails and runs its after_script
    When the recording "RUN-04-gitlab-runner-17.11-after-script" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-05 @costly-on-ecs
  Scenario: RUN-05 A job of GitLab Runner 17.11 finds the cache that the job before it filled
    When the recording "RUN-05-gitlab-runner-17.11-cache" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-06 @costly-on-ecs
  Scenario: RUN-06 A job of GitLab Runner 17.11 goes on though its service is never ready
    When the recording "RUN-06-gitlab-runner-17.11-service-never-ready" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-07 @costly-on-ecs
  Scenario: RUN-07 A job of GitLab Runner 17.11 reaches its service by links, without a network of its own
    When the recording "RUN-07-gitlab-runner-17.11-links" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-08 @costly-on-ecs
  Scenario: RUN-08 A job of GitLab Runner 17.11 replaces the entrypoint of its image
    When the recording "RUN-08-gitlab-runner-17.11-entrypoint" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-09
  Scenario: RUN-09 A job of GitLab Runner 17.11 ends because its image cannot be pulled
    When the recording "RUN-09-gitlab-runner-17.11-unpullable-image" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-10 @costly-on-ecs
  Scenario: RUN-10 A job of GitLab Runner 19.3 succeeds, its output ending six seconds after its input
    When the recording "RUN-10-gitlab-runner-19.3-success" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-11 @costly-on-ecs
  Scenario: RUN-11 A job of GitLab Runner 19.3 has a failing script
    When the recording "RUN-11-gitlab-runner-19.3-failing-script" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-12 @costly-on-ecs
  Scenario: RUN-12 A job of GitLab Runner 19.3 is cancelled
    When the recording "RUN-12-gitlab-runner-19.3-cancelled" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-13 @costly-on-ecs
  Scenario: RUN-13 A job of GitLab Runner 19.3 runs its after_script and fills its cache
    When the recording "RUN-13-gitlab-runner-19.3-after-script-and-cache" is replayed
    Then every answer is the one in the recording, but for what may differ

  @RUN-30 @own-recordings
  Scenario: RUN-30 The user's own recordings are answered as they were recorded
    When the recordings in the folder named by -D recordings=DIR are replayed
    Then every answer is the one in the recording, but for what may differ
