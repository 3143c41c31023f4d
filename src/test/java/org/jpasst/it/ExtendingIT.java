package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Operator;
import org.junit.jupiter.api.Test;

/** The backend that docs/extending.md shows can be compiled, chosen and used. */
@LabTest
final class ExtendingIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern CODE = Pattern.compile("```(?:java)?\n(.*?)```", Pattern.DOTALL);
  private static final int OURS = 5555;
  private static final int THEIRS = 5556;
  private static final int FORWARDED = 5003;
  private static final int FRAME = 2000;
  private static final int ETHERTYPE_AT = 12;
  private static final int IPV4 = 0x0800;
  private static final int ARP = 0x0806;
  private static final int OPERATION_AT = 14 + 6;
  private static final int PORT_AT = 14 + 20 + 2;
  private static final int PAYLOAD_AT = 14 + 20 + 8;

  @Test
  void theBackendOfTheDocumentationCarriesAGuestAndItsCache() throws Exception {
    assumeFalse(BackEnd.isReal(), "passt has none");
    try (Lab lab = Lab.open()) {
      Path classes = compile(lab.directory().resolve("dgram"));
      List<String> options = new ArrayList<>(List.of("--foreground"));
      options.addAll(List.of("--backend", "dgram=" + OURS + "," + THEIRS));
      options.addAll(List.of("--udp-ports", Integer.toString(FORWARDED)));
      options.addAll(BackEnd.controlOption(lab));
      Map<String, String> environment = new HashMap<>(BackEnd.environment());
      environment.put("JPASST_CLASSPATH", classes.toString());
      List<String> command = new ArrayList<>(List.of(BackEnd.program()));
      command.addAll(options);
      try (LabProcess backEnd = lab.host().start(command, environment);
          DatagramChannel guest = lab.host().call(DatagramChannel::open);
          DatagramChannel peer = lab.remote().call(DatagramChannel::open)) {
        guest.bind(new InetSocketAddress("127.0.0.1", THEIRS));
        backEnd.awaitLine("the guest is behind the backend dgram", SOON);
        guest.connect(new InetSocketAddress("127.0.0.1", OURS));
        guest.write(arpRequest());
        // The back-end asks who is there before it answers.
        assertThat(receive(guest, ARP).getShort(OPERATION_AT)).isEqualTo((short) 1);
        assertThat(receive(guest, ARP).getShort(OPERATION_AT)).isEqualTo((short) 2);

        peer.connect(new InetSocketAddress(Lab.HOST4, FORWARDED));
        try (Operator operator = Operator.connect(lab)) {
          assertThat(operator.ask("migrate pause")).contains("ok");
          for (int i = 0; i < 10; i++) {
            peer.write(ByteBuffer.wrap(new byte[] {(byte) i}));
          }
          Path state = lab.directory().resolve("state");
          assertThat(operator.ask("migrate save", state)).contains("ok");
          assertThat(BackEnd.control(lab, "migrate", "show", state.toString()))
              .contains("packet cache: 10 frames");
          assertThat(operator.ask("migrate resume")).contains("ok");
        }
        for (int i = 0; i < 10; i++) {
          ByteBuffer frame = receive(guest, IPV4);
          assertThat(frame.getShort(PORT_AT)).isEqualTo((short) FORWARDED);
          assertThat(frame.get(PAYLOAD_AT)).isEqualTo((byte) i);
        }
      }
    }
  }

  @Test
  void aBackendThatIsNotThereIsRefusedInOneLine() {
    assumeFalse(BackEnd.isReal(), "passt has none");
    try (Lab lab = Lab.open();
        LabProcess refused =
            BackEnd.launch(lab, List.of("--foreground", "--backend", "dgram=1,2"))) {
      assertThat(refused.awaitExit(SOON)).isEqualTo(1);
      assertThat(refused.output())
          .contains("passt: --backend dgram: no such backend; there is none; name its jar");
    }
  }

  private static Path compile(Path classes) throws IOException {
    List<String> blocks =
        CODE.matcher(Files.readString(LabDirectory.checkout().resolve("docs/extending.md")))
            .results()
            .map(each -> each.group(1))
            .toList();
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.jpasst.guest.GuestLinkProvider"), blocks.getFirst());
    Path source = Files.writeString(classes.resolve("DatagramLink.java"), blocks.get(1));
    String jar = LabDirectory.checkout().resolve("target/jpasst/lib/jpasst.jar").toString();
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", jar, "-d", classes.toString(), source.toString());
    assertThat(result).isZero();
    return classes;
  }

  private static ByteBuffer arpRequest() {
    ByteBuffer frame = ByteBuffer.allocate(42);
    frame.putLong(0xffff_ffff_ffff_0200L).putInt(0x0000_0009).putShort((short) ARP);
    frame.putShort((short) 1).putShort((short) IPV4).put((byte) 6).put((byte) 4);
    frame.putShort((short) 1).putShort((short) 0x0200).putInt(9).putInt(0xc0000201);
    frame.putShort((short) 0).putInt(0).putInt(0xc0000202);
    return frame.flip();
  }

  /** The next frame of a type; others, such as router advertisements, are passed over. */
  private static ByteBuffer receive(DatagramChannel guest, int type) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(FRAME);
    guest.socket().setSoTimeout((int) SOON.toMillis());
    guest.read(frame);
    while ((frame.getShort(ETHERTYPE_AT) & 0xffff) != type) {
      guest.read(frame.clear());
    }
    return frame;
  }
}
