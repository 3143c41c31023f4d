package org.jpasst.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.CacheChoice;
import org.jpasst.guest.cache.CachedFlow;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/** {@code migrate cache}: what is cached for a guest that stands still, and what is to be. */
final class CacheCommand implements CommandHandler {
  static final String KIND = "kind";
  static final String CHOICE = "choice";

  /** Flows that an answer has; the others' sum is in the totals. */
  private static final int MAX_FLOWS = 100;

  private final PacketCache cache;

  /** Those that the run has. */
  private final Set<TrafficKind> kinds;

  CacheCommand(PacketCache cache, Set<TrafficKind> kinds) {
    this.cache = cache;
    this.kinds = kinds;
  }

  @Override
  public Message handle(Request request) throws IOException {
    Optional<String> kind = request.text(KIND);
    Optional<String> choice = request.text(CHOICE);
    if (kind.isPresent() != choice.isPresent()) {
      throw new ErrnoException(Errno.EINVAL, "a kind and a choice go together");
    }
    if (kind.isPresent()) {
      choose(
          kinds().filter(each -> id(each).equals(kind.get())).findFirst().orElseThrow(this::noKind),
          CacheChoice.of(choice.get()).orElseThrow(CacheCommand::noChoice));
    }
    return answer();
  }

  private void choose(TrafficKind kind, CacheChoice choice) throws ErrnoException {
    if (cache.limit() == 0) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "the run has no packet cache: start it without --packet-cache off");
    }
    cache.choose(kind, choice);
  }

  private Message answer() {
    Set<TrafficKind> cached = cache.limit() == 0 ? Set.of() : cache.cached();
    var all = new JsonArray();
    kinds()
        .forEach(
            each -> {
              var kind = new JsonObject();
              kind.addProperty(KIND, id(each));
              kind.addProperty(CHOICE, cache.choice(each).id());
              kind.addProperty("cached", cached.contains(each));
              all.add(kind);
            });
    var flows = new JsonArray();
    for (CachedFlow each : cache.flows().stream().limit(MAX_FLOWS).toList()) {
      var flow = new JsonObject();
      flow.addProperty("flow", each.title());
      flow.addProperty("frames", each.frames());
      flow.addProperty("bytes", each.bytes());
      flows.add(flow);
    }
    return Message.ok()
        .with("kinds", all)
        .with("frames", new JsonPrimitive(cache.count()))
        .with("bytes", new JsonPrimitive(cache.size()))
        .with("limit", new JsonPrimitive(cache.limit()))
        .with("flows", flows);
  }

  private Stream<TrafficKind> kinds() {
    return kinds.stream().sorted();
  }

  private static String id(TrafficKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private ErrnoException noKind() {
    String known = kinds().map(CacheCommand::id).collect(Collectors.joining(", "));
    return new ErrnoException(Errno.EINVAL, "a kind that can be cached is one of " + known);
  }

  private static ErrnoException noChoice() {
    return new ErrnoException(Errno.EINVAL, "a choice is one of on, off, auto");
  }
}
