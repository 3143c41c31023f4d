package org.jpasst.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import org.jpasst.cli.Cli;
import org.jpasst.cli.CliResult;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ConfigurationResolver;
import org.jpasst.config.ConfigurationResolver.Resolution;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.Notice;
import org.jpasst.config.StartupReport;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * One run of the program, from its command line to its exit status, in passt's order: options, then
 * the host's network, then everything that can fail, then the report of readiness, then the loop.
 */
public final class Application {
  private static final int SUCCESS = 0;
  private static final int NO_DESCRIPTOR = -1;

  private final Launch launch;
  private final Termination termination;

  /** A run that reports to its launcher and ends when asked to. */
  public Application(Launch launch, Termination termination) {
    this.launch = launch;
    this.termination = termination;
  }

  /**
   * Runs.
   *
   * @param arguments the command line, as in passt(1)
   * @return the exit status: 0 or 1, as passt's
   */
  public int run(String... arguments) {
    return switch (Cli.parse(arguments)) {
      case CliResult.Exit exit -> print(exit);
      case CliResult.Run run -> run(run);
    };
  }

  private static int print(CliResult.Exit exit) {
    PrintStream stream =
        switch (exit.stream()) {
          case STDOUT -> System.out;
          case STDERR -> System.err;
        };
    stream.print(exit.text());
    stream.flush();
    return exit.status();
  }

  private int run(CliResult.Run run) {
    try {
      serve(run);
      return SUCCESS;
    } catch (ConfigurationException | LaunchException e) {
      return print(Cli.failure(e.getMessage()));
    } catch (IOException e) {
      return print(Cli.failure("cannot start: " + e.getMessage()));
    }
  }

  private void serve(CliResult.Run run)
      throws ConfigurationException, LaunchException, IOException {
    InheritedDescriptors.closeAllBut(guestDescriptor(run.request().link().socket()));
    Messages messages = new Messages(run.request().process());
    run.notices().forEach(messages::tell);
    Log log = messages.log();
    var resolver = new ConfigurationResolver(run.request(), HostState.ephemeralPorts());
    try (var host = new HostWatch(resolver, new LinuxSockets(), HostState.RESOLV_CONF, log)) {
      serve(host, messages);
    }
  }

  private void serve(HostWatch host, Messages messages)
      throws ConfigurationException, LaunchException, IOException {
    Log log = messages.log();
    Resolution resolution = host.resolve();
    Configuration configuration = resolution.configuration();
    Counters counters = new Counters();
    try (GuestEntrance entrance = GuestEntrance.open(configuration.link());
        Backend backend = new Backend(configuration, entrance.kind(), counters, log)) {
      PidFile pidFile = PidFile.open(configuration.process().pidFile());
      backend.listen();
      backend.admitConfiguration();
      backend.migrate(entrance.path());
      watchNeighbours(backend, log);
      host.follow(
          backend.loop(),
          configuration,
          next -> {
            StartupReport.ofChange(next).forEach(messages::tell);
            backend.reconfigure(next);
          });
      report(messages, resolution, entrance.path());
      boolean once = configuration.link().oneOff();
      entrance.admit(backend, once, log);
      termination.stopWith(backend.loop()::stop);
      pidFile.write();
      launch.ready();
      if (launch.inBackground()) {
        messages.detach();
      }
      backend.loop().run();
      tellCounters(counters, log);
    }
  }

  private static void tellCounters(Counters counters, Log log) {
    if (log.isDebug()) {
      for (Counter counter : Counter.values()) {
        if (counters.value(counter) != 0) {
          log.debug(counter.label() + ": " + counters.value(counter));
        }
      }
    }
  }

  private static int guestDescriptor(GuestSocket socket) {
    return socket instanceof GuestSocket.Inherited inherited ? inherited.fd() : NO_DESCRIPTOR;
  }

  private static void watchNeighbours(Backend backend, Log log) {
    try {
      backend.watchNeighbours();
    } catch (IOException e) {
      log.warn("the host's neighbours can't be followed: " + e.getMessage());
    }
  }

  private static void report(Messages messages, Resolution resolution, Optional<Path> listening) {
    for (Notice notice : StartupReport.of(resolution, listening)) {
      messages.tell(notice);
    }
  }
}
