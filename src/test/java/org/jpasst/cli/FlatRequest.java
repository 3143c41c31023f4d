package org.jpasst.cli;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.LateFrameSettings;
import org.jpasst.config.LinkSettings;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.Outbound;
import org.jpasst.config.ProcessSettings;
import org.jpasst.config.QemuSettings;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.RequestedFamily;
import org.jpasst.config.SandboxSettings;
import org.jpasst.config.Services;

/** A request as names and texts, {@code ipv4.outbound.address} and {@code 192.0.2.1}. */
final class FlatRequest {
  private static final List<Class<?>> TAKEN_APART =
      List.of(
          RequestedConfiguration.class,
          ProcessSettings.class,
          SandboxSettings.class,
          LinkSettings.class,
          MigrationSettings.class,
          CacheSettings.class,
          QemuSettings.class,
          LateFrameSettings.class,
          RequestedFamily.class,
          Outbound.class,
          Services.class);

  private final Map<String, String> texts = new LinkedHashMap<>();

  private FlatRequest() {}

  static Map<String, String> of(RequestedConfiguration request) {
    var flat = new FlatRequest();
    flat.add("", request);
    return flat.texts;
  }

  /** What isn't as in another request, {@code mtu=1400; freebind=true}. */
  static List<String> difference(RequestedConfiguration request, RequestedConfiguration other) {
    Map<String, String> others = of(other);
    return of(request).entrySet().stream()
        .filter(each -> !each.getValue().equals(others.get(each.getKey())))
        .map(each -> each.getKey() + "=" + each.getValue())
        .toList();
  }

  private void add(String name, Object value) {
    switch (value) {
      case Optional<?> optional when optional.isPresent() -> add(name, optional.get());
      case OptionalInt optional when optional.isPresent() -> add(name, optional.getAsInt());
      case Optional<?> _, OptionalInt _ -> texts.put(name, "none");
      case List<?> list -> texts.put(name, list.stream().map(FlatRequest::text).toList() + "");
      case Record record when TAKEN_APART.contains(record.getClass()) -> addParts(name, record);
      default -> texts.put(name, text(value));
    }
  }

  private void addParts(String name, Record record) {
    for (RecordComponent each : record.getClass().getRecordComponents()) {
      try {
        add(
            name.isEmpty() ? each.getName() : name + "." + each.getName(),
            each.getAccessor().invoke(record));
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static String text(Object value) {
    return value instanceof RequestedConfiguration.Forward(var protocol, String spec)
        ? protocol + " " + spec
        : value.toString();
  }
}
