package org.jpasst.control;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.linux.ErrnoException;

/** Does what the operator asks for. */
final class Operator {
  private final Map<Command, CommandHandler> handlers = new EnumMap<>(Command.class);

  Operator(Controlled run) {
    var forwards = new ForwardCommands(run);
    var capture = new CaptureCommands(run);
    var migrate = new MigrateCommands(run.parts().migration());
    for (Command command : Command.values()) {
      handlers.put(
          command,
          switch (command) {
            case FLOWS -> new FlowsCommand(run.parts());
            case STATS -> new StatsCommand(run.parts());
            case FORWARD_LIST -> forwards::list;
            case FORWARD_ADD -> forwards::add;
            case FORWARD_DELETE -> forwards::delete;
            case FORWARD_REPLACE -> forwards::replace;
            case FORWARD_CLEAR -> forwards::clear;
            case PCAP_START -> capture::start;
            case PCAP_STOP -> capture::stop;
            case LOG_LEVEL -> new LogCommand(run.log());
            case QUIT ->
                request -> {
                  run.log().info("ending: the operator asks for it");
                  run.parts().loop().stop();
                  return Message.ok();
                };
            case MIGRATE_PREPARE -> migrate::prepare;
            case MIGRATE_PAUSE -> migrate::pause;
            case MIGRATE_SAVE -> migrate::save;
            case MIGRATE_LOAD -> migrate::load;
            case MIGRATE_CACHE -> new CacheCommand(run.parts().cache(), cacheable(run));
            case MIGRATE_RESUME, MIGRATE_CANCEL -> migrate::resume;
          });
    }
  }

  private static Set<TrafficKind> cacheable(Controlled run) {
    return CachePolicy.cacheable(run.configuration().link().uplink().isPresent());
  }

  /**
   * Does it and answers.
   *
   * @param line what was asked
   * @param passed the descriptors that came with it; closed or taken over here
   */
  Message answer(String line, PassedDescriptors passed) {
    Request parsed;
    try {
      parsed = Request.parse(line, passed);
    } catch (ErrnoException e) {
      passed.close();
      return Message.error(e.getMessage(), e.errno());
    }
    try (Request request = parsed) {
      return handlers.get(request.command()).handle(request);
    } catch (IOException e) {
      String text = e instanceof ErrnoException ? e.getMessage() : e.toString();
      return Message.error(text, ErrnoException.errnoOf(e));
    }
  }
}
