package org.jpasst.proto.tcp;

/** Whether a connection's ends are there, as far as is known; see {@link TcpLiveness}. */
final class Liveness {
  private boolean active;
  private long heardAt;
  private int questions;
  private int pace;
  private int usualIdle;
  private int usualInterval;

  void reset() {
    active = false;
    heardAt = 0;
    questions = pace = usualIdle = usualInterval = 0;
  }

  /** There is traffic. */
  void onTraffic() {
    active = true;
  }

  /** Whether there was any since this was last asked. */
  boolean takeTraffic() {
    boolean since = active;
    active = false;
    return since;
  }

  /** The guest is there: it has answered. */
  void onAnswer() {
    active = true;
    questions = 0;
  }

  /** The guest's segments of this batch have been taken. */
  void onHeard(long now) {
    heardAt = now;
  }

  /** How long the guest has sent nothing, nanoseconds. */
  long silence(long now) {
    return now - heardAt;
  }

  /** How often the guest has been asked whether it is still there, without an answer. */
  int questions() {
    return questions;
  }

  void addQuestion() {
    questions++;
  }

  /** Seconds of silence after which the kernel asks the peer; 0 where it doesn't. */
  int pace() {
    return pace;
  }

  void setPace(int seconds) {
    pace = seconds;
  }

  /** The kernel's own pace: seconds to the first question, and between the next ones. */
  void setUsual(int idle, int interval) {
    usualIdle = idle;
    usualInterval = interval;
  }

  int usualIdle() {
    return usualIdle;
  }

  int usualInterval() {
    return usualInterval;
  }
}
