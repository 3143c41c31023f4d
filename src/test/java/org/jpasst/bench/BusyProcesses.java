package org.jpasst.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Processes that want a processor all the time, as on a host that has other things to do. */
record BusyProcesses(List<Process> processes) implements AutoCloseable {
  /**
   * Starts them. They end with this process, too, whose end they see by a pipe.
   *
   * @param count how many
   */
  static BusyProcesses start(int count) throws IOException {
    var processes = new ArrayList<Process>();
    for (int i = 0; i < count; i++) {
      processes.add(
          new ProcessBuilder("sh", "-c", "(while :; do :; done) & read -r line; kill $!").start());
    }
    return new BusyProcesses(processes);
  }

  @Override
  public void close() {
    for (Process each : processes) {
      try {
        each.getOutputStream().close();
      } catch (IOException e) {
        each.destroy();
      }
    }
  }
}
