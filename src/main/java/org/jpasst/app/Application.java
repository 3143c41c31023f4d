package org.jpasst.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jpasst.cli.Cli;
import org.jpasst.cli.CliResult;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ConfigurationResolver;
import org.jpasst.config.ConfigurationResolver.Resolution;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LinkSettings;
import org.jpasst.config.Notice;
import org.jpasst.config.StartupReport;
import org.jpasst.config.UplinkPlace;
import org.jpasst.linux.DescriptorTable;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.log.Log;
import org.jpasst.sandbox.Sandbox;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * One run of the program, from its command line to its exit status, in passt's order: options, then
 * the host's network, then everything that can fail, then the report of readiness, then the loop.
 */
public final class Application {
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;

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
      return serve(run);
    } catch (ConfigurationException | LaunchException e) {
      return print(Cli.failure(e.getMessage()));
    } catch (IOException e) {
      return print(Cli.failure("cannot start: " + e.getMessage()));
    } catch (RuntimeException | Error e) {
      return print(Cli.failure(InternalFailure.line(e)));
    }
  }

  private int serve(CliResult.Run run) throws ConfigurationException, LaunchException, IOException {
    InheritedDescriptors.closeAllBut(named(run.request().link()));
    Sandbox sandbox = new Sandbox(run.request().process().sandbox(), launch.hasOwnNamespaces());
    Messages messages = new Messages(run.request().process(), launch.processId());
    Log log = messages.log();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> InternalFailure.tell(e, log));
    try {
      serve(run, sandbox, messages);
      return SUCCESS;
    } catch (ConfigurationException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      InternalFailure.tell(e, log);
      return FAILURE;
    }
  }

  private void serve(CliResult.Run run, Sandbox sandbox, Messages messages)
      throws LaunchException, IOException {
    run.notices().forEach(messages::tell);
    Log log = messages.log();
    if (launch.hasUnusedCache()) {
      log.debug(
          "lib/jpasst.aot was recorded with another runtime or other jars and isn't used: starts"
              + " take twice as long");
    }
    var resolver = new ConfigurationResolver(run.request(), HostState.ephemeralPorts());
    try (var host = new HostWatch(resolver, new LinuxSockets(), HostState.RESOLV_CONF, log)) {
      serve(host, sandbox, messages);
    }
  }

  private void serve(HostWatch host, Sandbox sandbox, Messages messages)
      throws ConfigurationException, LaunchException, IOException {
    Log log = messages.log();
    Resolution resolution = host.resolve();
    Configuration configuration = resolution.configuration();
    Counters counters = new Counters();
    try (GuestEntrance entrance = GuestEntrance.open(configuration.link());
        Backend backend =
            new Backend(
                configuration, entrance.kind(), uplink(configuration.link()), counters, log);
        PidFile pidFile = PidFile.open(configuration.process().pidFile());
        QuitSignal quit = QuitSignal.watch(backend.loop(), backend::end)) {
      long processId = launch.processId();
      backend.admitConfiguration();
      backend.admitMigration(entrance.path());
      if (configuration.link().uplink().isEmpty()) {
        followHost(host, configuration, backend, messages);
      }
      launch.prepare();
      // Whatever is opened by name has been by now.
      sandbox.hideFiles(
          KeptDirectories.toRead(HostState.RESOLV_CONF),
          KeptDirectories.ofOwnFiles(configuration, entrance.path()));
      sandbox.dropPrivileges();
      backend.listen();
      backend.restore();
      if (sandbox.becameNobody()) {
        log.warn("started as root: became nobody (--runas names another user)");
      }
      report(messages, resolution, entrance.path());
      boolean once = configuration.link().oneOff();
      entrance.admit(backend, once, log);
      termination.stopWith(backend::end);
      if (!launch.inBackground()) {
        quit.takeStandardOutput();
      }
      sandbox.restrictSystemCalls();
      sandbox.missing().ifPresent(log::warn);
      // A start that fails leaves files of former runs as they are.
      messages.begin();
      backend.beginCapture();
      pidFile.write(processId);
      launch.ready(quit.output());
      DescriptorTable.enlargeMeanwhile();
      backend.warmUp();
      if (launch.inBackground()) {
        messages.detach();
      }
      backend.loop().every(Log.INTERVAL, now -> log.tellLeftOut(false));
      if (configuration.process().statistics() > 0) {
        int seconds = configuration.process().statistics();
        backend.loop().onTurnEnd(new EventStatistics(backend.loop(), seconds, System.err));
      }
      backend.loop().run();
      log.tellLeftOut(true);
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

  /** The descriptors that the command line names. */
  private static Set<Integer> named(LinkSettings link) {
    Set<Integer> fds = new HashSet<>();
    if (link.socket() instanceof GuestSocket.Inherited(int fd)) {
      fds.add(fd);
    }
    if (link.uplink().orElse(null) instanceof UplinkPlace.Inherited(int fd)) {
      fds.add(fd);
    }
    return fds;
  }

  private static Optional<Uplink> uplink(LinkSettings link) throws LaunchException {
    return link.uplink().isPresent()
        ? Optional.of(Uplink.open(link.uplink().get()))
        : Optional.empty();
  }

  private static void followHost(
      HostWatch host, Configuration start, Backend backend, Messages messages) {
    watchNeighbours(backend, messages.log());
    host.follow(
        backend.loop(),
        start,
        next -> {
          StartupReport.ofChange(next).forEach(messages::tell);
          backend.reconfigure(next);
        });
  }

  private static void watchNeighbours(Backend backend, Log log) {
    try {
      backend.watchNeighbours();
    } catch (IOException e) {
      log.warn("changes of the host's neighbours (ARP, NDP) will go unnoticed: " + e.getMessage());
    }
  }

  private static void report(Messages messages, Resolution resolution, Optional<Path> listening) {
    for (Notice notice : StartupReport.of(resolution, listening)) {
      messages.tell(notice);
    }
  }
}
