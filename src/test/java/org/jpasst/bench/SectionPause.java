package org.jpasst.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.StateFrontEnd;
import org.jpasst.migrate.stream.CachedFrames;
import org.jpasst.migrate.stream.DatagramRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.ObservedAddresses;
import org.jpasst.migrate.stream.Section;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamHeader;
import org.jpasst.migrate.stream.UdpFlowRecord;
import org.jpasst.migrate.stream.UdpFlows;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.UdpHeader;

/**
 * How long a guest stands still for what passt doesn't move: the time to load a state with UDP
 * flows, or with a full packet cache, and to save it again.
 *
 * <p>Run by {@code src/test/bench/migration sections}; prints a table.
 */
final class SectionPause {
  private static final int ROUNDS = 5;
  private static final int FLOWS = 1_000;
  private static final int FIRST_PORT = 20_000;
  private static final int PAYLOAD = 100;
  private static final int CACHE = 16 << 20;
  private static final IpAddress GUEST = IpAddress.parse(Lab.HOST4).orElseThrow();
  private static final IpAddress PEER = IpAddress.parse(Lab.OFF_LINK4).orElseThrow();

  private SectionPause() {}

  /** Prints the table. */
  static void print() throws IOException {
    System.out.println("| state | bytes | save, ms | load, ms |");
    System.out.println("|---|---|---|---|");
    print("nothing", List.of());
    print("1,000 UDP flows", List.of(flows(0)));
    print("1,000 UDP flows, 10 datagrams waiting for each", List.of(flows(10)));
    print("packet cache, frames of 1,514 bytes", List.of(cache(1_514)));
    print("packet cache, frames of 100 bytes", List.of(cache(100)));
  }

  private static void print(String what, List<Section> sections) throws IOException {
    long[] saves = new long[ROUNDS];
    long[] loads = new long[ROUNDS];
    long bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
      try (Lab lab = Lab.open();
          BackEnd backEnd =
              BackEnd.start(
                  lab, BackEndProgram.underTest(), List.of("--vhost-user", "--migrate-direct"));
          StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
        Path state = lab.directory().resolve("state");
        write(state, sections);
        Path again = lab.directory().resolve("again");
        long start = System.nanoTime();
        require(frontEnd.load(state) == 0);
        long loaded = System.nanoTime();
        require(frontEnd.save(again) == 0);
        saves[i] = System.nanoTime() - loaded;
        loads[i] = loaded - start;
        bytes = again.toFile().length();
        require(bytes == state.toFile().length());
      }
    }
    System.out.printf("| %s | %,d | %.2f | %.2f |%n", what, bytes, median(saves), median(loads));
  }

  private static void require(boolean holds) throws IOException {
    if (!holds) {
      throw new IOException("the state didn't move whole");
    }
  }

  private static double median(long[] nanos) {
    Arrays.sort(nanos);
    return nanos[nanos.length / 2] / 1e6;
  }

  private static void write(Path file, List<Section> sections) throws IOException {
    var addresses =
        new ObservedAddresses(
            IpAddress.parse(Lab.HOST6).orElseThrow(),
            IpAddress.ANY6,
            GUEST,
            new MacAddress(0x5254_0012_3456L));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      new StateStream(StreamHeader.CURRENT, addresses, List.of(), List.of(), sections)
          .write(channel);
    }
  }

  private static UdpFlows flows(int waiting) {
    List<UdpFlowRecord> flows = new ArrayList<>();
    MemorySegment payload = Arena.global().allocate(PAYLOAD);
    Endpoint peer = new Endpoint(PEER, 7000);
    var datagram = new DatagramRecord(peer, payload);
    for (int i = 0; i < FLOWS; i++) {
      Endpoint guest = new Endpoint(GUEST, FIRST_PORT + i);
      flows.add(
          new UdpFlowRecord(
              true,
              true,
              new FlowSideRecord(peer, guest),
              new FlowSideRecord(guest, peer),
              0,
              1,
              1,
              Collections.nCopies(waiting, datagram)));
    }
    return new UdpFlows(flows);
  }

  private static CachedFrames cache(int length) {
    int count = CACHE / (CachedFrames.FRAME_FIXED + length);
    ByteBuffer frames = ByteBuffer.allocateDirect(count * (CachedFrames.FRAME_FIXED + length));
    MemorySegment s = MemorySegment.ofBuffer(frames);
    int udpLength = length - EthernetHeader.LENGTH - Ipv4Header.LENGTH;
    for (int i = 0; i < count; i++) {
      frames.putInt(0).putShort((short) length);
      long at = frames.position();
      EthernetHeader.write(s, at, 1, 2, EthernetHeader.TYPE_IPV4);
      long ip = at + EthernetHeader.LENGTH;
      Ipv4Header.write(s, ip, length - EthernetHeader.LENGTH, IpProtocol.UDP, 1, 2);
      UdpHeader.write(s, ip + Ipv4Header.LENGTH, i & 0xffff, 53, udpLength);
      frames.position(frames.position() + length);
    }
    return new CachedFrames(0, count, List.of(s));
  }
}
