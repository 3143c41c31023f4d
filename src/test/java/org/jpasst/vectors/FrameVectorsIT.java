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
}
