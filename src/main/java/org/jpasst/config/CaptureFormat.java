package org.jpasst.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a capture is written down. */
public enum CaptureFormat {
  /** Frames and when they passed: pcap-savefile(5). */
  PCAP,
  /** Also which way, and why those were dropped that were: draft-ietf-opsawg-pcapng. */
  PCAPNG;

  /** Its name, and the ending of its files' names. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format of a name. */
  public static Optional<CaptureFormat> of(String id) {
    return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
  }

  /** The one that a file's name ends with; without any such ending the older one. */
  public static CaptureFormat of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith("." + PCAPNG.id()) ? PCAPNG : PCAP;
  }
}
