package org.jpasst.control.pesto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Pesto;
import org.junit.jupiter.api.Test;

/** The recorded requests by hand, one after the other to one process. */
@LabTest
final class RawClientsIT {
  private static final List<String> FIRST = List.of("TCP [*]:5001  =>  5001");
  private static final ByteBuffer RESET = request();

  @Test
  void leadToTheRulesThatTheyLedToInPasst() throws IOException {
    try (Lab lab = Lab.open()) {
      var options = new ArrayList<>(List.of("--tcp-ports", "5001"));
      options.addAll(Pesto.option(lab));
      try (BackEnd backEnd = BackEnd.start(lab, options.toArray(String[]::new))) {
        Pesto pesto = Pesto.of(lab);
        for (PestoVectors.RawCase each : PestoVectors.rawCases()) {
          send(pesto, ByteBuffer.wrap(each.bytes()), !each.what().startsWith("closed"));
          assertThat(pesto.rules()).as(each.what()).isEqualTo(expected(each));
          send(pesto, RESET.duplicate(), true);
          assertThat(pesto.rules()).isEqualTo(FIRST);
          assertThat(pesto.listening()).containsExactly("tcp 5001");
        }
        assertThat(backEnd.process().alive()).isTrue();
      }
    }
  }

  /** What passt listens at no port of, or can't bind, isn't put in force here. */
  private static List<String> expected(PestoVectors.RawCase recorded) {
    boolean notHere =
        recorded.what().startsWith("auto-scan")
            || recorded.what().equals("interface name that does not exist")
            || recorded.what().equals("address not local");
    return notHere && !BackEnd.isReal()
        ? FIRST
        : recorded.shown().stream().skip(1).map(String::strip).toList();
  }

  private static void send(Pesto pesto, ByteBuffer request, boolean awaitsEnd) throws IOException {
    try (SocketChannel client = pesto.connect()) {
      ByteBuffer greeting = ByteBuffer.allocate(1 << 12);
      client.read(greeting);
      client.write(request);
      if (awaitsEnd) {
        awaitEnd(client);
      }
    }
  }

  /** The real passt resets the connection where it hasn't read all. */
  private static void awaitEnd(SocketChannel client) throws IOException {
    ByteBuffer rest = ByteBuffer.allocate(1 << 12);
    try {
      while (client.read(rest.clear()) >= 0) {
        // The greeting's rest.
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("reset");
    }
  }

  private static ByteBuffer request() {
    ByteBuffer bytes = ByteBuffer.allocate(5 + WireRule.SIZE + 1);
    bytes.put((byte) Table.HOST).putInt(1);
    byte[] greeting = PestoVectors.exchange("add").sentBy("server").orElseThrow();
    bytes.put(greeting, 20 + 137, WireRule.SIZE);
    return bytes.put((byte) Table.END).flip();
  }
}
