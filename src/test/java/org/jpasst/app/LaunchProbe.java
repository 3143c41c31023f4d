package org.jpasst.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/** What {@link LaunchTest} starts as a process of its own: a back-end that does nothing. */
final class LaunchProbe {
  private LaunchProbe() {}

  /**
   * Runs it.
   *
   * @param arguments "fail", or "run" and a file that is written when a signal has ended the run,
   *     or "keep" and the number of the descriptor to keep
   */
  public static void main(String[] arguments) throws Exception {
    Launch launch = Launch.ofThisProcess();
    Termination termination = Termination.install(launch);
    switch (arguments[0]) {
      case "fail" -> {
        launch.ending(1);
        termination.exit(1);
      }
      case "run" -> {
        var stopped = new CountDownLatch(1);
        termination.stopWith(stopped::countDown);
        launch.prepare();
        launch.ready(FileDescriptors.open("/dev/null", FileFlag.O_RDWR, 0));
        Files.createFile(Path.of(arguments[1] + ".running"));
        stopped.await();
        Files.writeString(Path.of(arguments[1]), "closed in order");
        termination.exit(0);
      }
      case "keep" -> {
        InheritedDescriptors.closeAllBut(Set.of(Integer.parseInt(arguments[1])));
        for (int fd = 3; fd < 256; fd++) {
          Path link = Path.of("/proc/self/fd/" + fd);
          if (Files.exists(link)) {
            System.out.println(fd + " " + Files.readSymbolicLink(link));
          }
        }
        termination.exit(0);
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }
}
