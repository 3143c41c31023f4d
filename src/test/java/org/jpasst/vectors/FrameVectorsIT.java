package org.jpasst.vectors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recorded exchange, played to the running program. With {@code -Djpasst.passt=lab:passt} the
 * recordings are played to the real passt instead, which shows that the replayer is right.
 */
@LabTest
final class FrameVectorsIT {
  private static final Map<RecordedHost, RecordedLab> LABS = new HashMap<>();

  static List<String> names() {
    return FrameVectors.names();
  }

  /**
   * Those in which the guest sends a right checksum of TCP or UDP; of DHCP one for each version.
   */
  static List<String> namesWithChecksums() {
    return names().stream()
        .filter(
            each ->
                !each.startsWith("dhcp")
                    || List.of("dhcp-discover-request", "dhcpv6-solicit-request").contains(each))
        .filter(FrameVectorsIT::hasChecksums)
        .toList();
  }

  private static boolean hasChecksums(String name) {
    return FrameVectors.load(name).steps().stream()
        .filter(Step.Send.class::isInstance)
        .map(each -> ((Step.Send) each).frame())
        .anyMatch(each -> !each.withPartialChecksum().equals(each));
  }

  @AfterAll
  static void closeLabs() {
    LABS.values().forEach(RecordedLab::close);
    LABS.clear();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void answersAsRecordedOrAsDocumentedOtherwise(String name) {
    FrameVector vector = BackEnd.isReal() ? FrameVectors.recorded(name) : FrameVectors.load(name);

    LABS.computeIfAbsent(vector.host(), RecordedLab::open).replay(vector);
  }

  /** As guests of libkrun send: to them nothing is different. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("namesWithChecksums")
  void answersTheSameToAGuestThatLeavesChecksumsUnmade(String name) {
    FrameVector vector = BackEnd.isReal() ? FrameVectors.recorded(name) : FrameVectors.load(name);

    LABS.computeIfAbsent(vector.host(), RecordedLab::open)
        .replay(vector, Frame::withPartialChecksum);
  }
}
