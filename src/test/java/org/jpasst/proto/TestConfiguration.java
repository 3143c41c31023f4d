package org.jpasst.proto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jpasst.config.Configuration;
import org.jpasst.vectors.FrameVector;
import org.jpasst.vectors.FrameVectors;

/** The settings of the recordings, with other options. */
final class TestConfiguration {
  private TestConfiguration() {}

  /** Guest 192.0.2.1/24 and 2001:db8::1, gateways 192.0.2.2 and 2001:db8::2. */
  static Configuration with(String... options) {
    FrameVector v = FrameVectors.recorded("startup");
    List<String> all = new ArrayList<>(v.options());
    all.addAll(Arrays.asList(options));
    return RecordedConfiguration.of(
        new FrameVector(v.name(), v.description(), all, v.host(), v.startup(), v.steps()));
  }

  /** Responders that know no neighbour. */
  static GuestServices services(String... options) {
    Configuration configuration = with(options);
    long ours = configuration.ourMac().bits();
    return new GuestServices(configuration, (_, _) -> ours);
  }
}
