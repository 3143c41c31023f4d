package org.jpasst.fuzz;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowType;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * The guest's TCP, which does as the inputs say: some connections at a time, each to a peer of the
 * loopback interface that checks every byte, as the guest does.
 */
final class GuestTcp {
  static final int SLOTS = 6;
  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 40_000;
  private static final int MAX_PAYLOAD = 60_000;
  private static final int MSS = 1460;

  // What a segment has besides what its header says: bits of an input's last number.
  private static final int TIMESTAMPS = 1;
  private static final int OLD_TIMESTAMPS = 2;
  private static final int SACK = 4;
  private static final int WILD_SACK = 8;
  private static final int DAMAGED = 16;
  private static final int PARTIAL = 32;
  private static final int SEVERAL = 64;

  /** Time in which timers end nothing that is alive. */
  private static final long QUIET = TimeUnit.SECONDS.toNanos(8);

  private static final int SEGMENTS_A_ROUND = 16;
  private static final int GOOD_BYTES = 3000;

  /** Rounds without progress in a row, and those of them before time really passes. */
  private static final int MAX_BARREN = 300;

  private static final int PATIENT = 5;

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  private final FuzzedStack stack;
  private final GuestEnd end;
  private final Packets packets;
  private final BooleanSupplier trusting;
  private final PeerSockets peers;
  private final int[] listeners = new int[2]; // IPv4's and IPv6's
  private final int[] ports = new int[2];
  private final GuestConnection[] connections = new GuestConnection[SLOTS];

  private int opened;
  private long began;

  GuestTcp(FuzzedStack stack, GuestEnd end, Packets packets, BooleanSupplier trusting) {
    this.trusting = trusting;
    this.stack = stack;
    this.end = end;
    this.packets = packets;
    peers = new PeerSockets(stack.sockets);
    for (int i = 0; i < 2; i++) {
      listeners[i] = peers.listen(i == 0);
      ports[i] = peers.port(listeners[i]);
    }
  }

  void begin() {
    began = stack.now();
  }

  /** An input that goes with the present state. */
  Input next(SplittableRandom random) {
    int slot = random.nextInt(SLOTS);
    GuestConnection c = connections[slot];
    if (c == null || c.over && random.nextInt(4) == 0 || random.nextInt(400) == 0) {
      int mss = random.nextInt(3) == 0 ? random.nextInt(0, 2000) : MSS;
      int scale = random.nextInt(4) == 0 ? -1 : random.nextInt(9);
      int first = random.nextInt(4) == 0 ? -random.nextInt(5000) : random.nextInt();
      return Input.of(
          "syn", slot, random.nextInt(2), random.nextInt(8), mss, scale, first, window(random));
    }
    return random.nextInt(4) == 0 ? peerInput(slot, random) : segmentInput(slot, c, random);
  }

  private static int window(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> random.nextInt(3000);
      case 2, 3 -> random.nextInt(65_536);
      default -> 65_535;
    };
  }

  private static Input peerInput(int slot, SplittableRandom random) {
    int what = random.nextInt(60);
    int length = random.nextInt(3) == 0 ? random.nextInt(60_000) : random.nextInt(3000);
    if (what < 25) {
      return Input.of("peer-send", slot, length);
    }
    return switch (what) {
      case 56 -> Input.of("peer-shut", slot);
      case 57 -> Input.of("peer-reset", slot);
      default -> Input.of("peer-read", slot, random.nextInt(5) == 0 ? 1 << 20 : length);
    };
  }

  private static Input segmentInput(int slot, GuestConnection c, SplittableRandom random) {
    int ahead = c.sent.contiguous() - c.acknowledged;
    int where = random.nextInt(24);
    int sequence =
        switch (where) {
          case 0 -> random.nextInt(-3000, 3000);
          case 1, 2, 3 -> ahead + random.nextInt(20_000);
          case 4, 5 -> random.nextInt(Math.max(1, ahead + 1));
          case 6 -> random.nextInt(8) == 0 ? random.nextInt() : c.mayUpTo - c.acknowledged - 5;
          default -> ahead;
        };
    int acknowledgment =
        switch (random.nextInt(20)) {
          case 0 -> random.nextInt(-5000, 1);
          case 1 -> random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(-3, 4);
          case 2, 3 -> -random.nextInt(1 + c.received.contiguous());
          default -> 0;
        };
    int length =
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3 -> 0;
          case 4 -> random.nextInt(40);
          case 5 -> random.nextInt(MAX_PAYLOAD);
          case 6, 7 -> random.nextInt(MSS);
          default -> MSS;
        };
    int options = c.timestamps && random.nextInt(40) != 0 ? TIMESTAMPS : 0;
    options |= random.nextInt(60) == 0 ? OLD_TIMESTAMPS : 0;
    options |= c.sack && random.nextInt(3) == 0 ? SACK : 0;
    options |= random.nextInt(30) == 0 ? WILD_SACK : 0;
    options |= random.nextInt(60) == 0 ? DAMAGED : 0;
    options |= random.nextInt(3) == 0 ? PARTIAL : 0;
    options |= random.nextInt(3) == 0 ? SEVERAL : 0;
    return Input.of(
        "segment",
        slot,
        flags(random),
        sequence,
        acknowledgment,
        length,
        window(random),
        options,
        random.nextInt(100_000));
  }

  private static int flags(SplittableRandom random) {
    int usual = TcpHeader.ACK | (random.nextInt(4) == 0 ? TcpHeader.PSH : 0);
    return switch (random.nextInt(150)) {
      case 0, 1, 2 -> usual | TcpHeader.FIN;
      case 3 -> TcpHeader.RST | (random.nextBoolean() ? TcpHeader.ACK : 0);
      case 4 -> TcpHeader.SYN | (random.nextBoolean() ? TcpHeader.ACK : 0);
      case 5 -> random.nextInt(64);
      case 6 -> usual | TcpHeader.URG;
      case 7 -> 0;
      default -> usual;
    };
  }

  /** Does what an input says; false if it isn't one for TCP. */
  boolean apply(Input input) {
    GuestConnection c = connections[input.choice(0, SLOTS)];
    switch (input.name()) {
      case "syn" -> open(input);
      case "segment" -> {
        if (c != null) {
          segment(c, input);
        }
      }
      default -> {
        return c == null || c.peer < 0 ? input.name().startsWith("peer-") : peer(c, input);
      }
    }
    return true;
  }

  private boolean peer(GuestConnection c, Input input) {
    int number = input.choice(1, 1 << 21);
    switch (input.name()) {
      case "peer-send" -> {
        if (!c.peerShut && !c.over) {
          peers.send(c, number);
        }
      }
      case "peer-read" -> peers.receive(c, number);
      case "peer-shut" -> peers.shut(c);
      case "peer-reset" -> peers.reset(c);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void open(Input input) {
    int slot = input.choice(0, SLOTS);
    forget(connections[slot]);
    boolean ipv4 = (input.number(1) & 1) == 0;
    int index = ipv4 ? 0 : 1;
    int options = input.choice(2, 8);
    int scale = (int) input.number(4);
    int port = FIRST_PORT + opened++ % PORTS;
    var c =
        new GuestConnection(
            ipv4, port, ports[index], (int) input.number(5), 131 * opened, trusting);
    c.timestampsOffered = (options & 1) != 0;
    c.sackOffered = (options & 2) != 0;
    c.scaleOffered = scale < 0 ? GuestConnection.NONE : Math.min(scale & 0xff, 14);
    int window = input.choice(6, 65_536);
    c.widestWindow = window;
    connections[slot] = c;
    MemorySegment s = packets.memory();
    long from = Packets.transportAt(ipv4) + TcpHeader.LENGTH;
    long at = from;
    if (c.timestampsOffered) {
      TcpOptions.writeTimestamps(s, at, time(), 0);
      at += TcpOptions.TIMESTAMPS_LENGTH;
    }
    TcpOptions.writeMss(s, at, input.choice(3, 65_536));
    at += TcpOptions.MSS_LENGTH;
    if (c.sackOffered) {
      TcpOptions.writeSackPermitted(s, at);
      at += TcpOptions.SACK_PERMITTED_LENGTH;
    }
    if (c.scaleOffered != GuestConnection.NONE) {
      TcpOptions.writeWindowScale(s, at, c.scaleOffered);
      at += TcpOptions.WINDOW_SCALE_LENGTH;
    }
    send(c, c.iss, 0, (int) (at - from), TcpHeader.SYN, window, 0, 0);
  }

  private int time() {
    return (int) TimeUnit.NANOSECONDS.toMillis(stack.now());
  }

  private void segment(GuestConnection c, Input input) {
    int flags = input.choice(1, 256);
    int offset = c.acknowledged + (int) input.number(2);
    int ack = c.acknowledgment() + (int) input.number(3);
    int length = input.choice(4, MAX_PAYLOAD);
    int window = input.choice(5, 65_536);
    int options = input.choice(6, 128);
    if ((flags & TcpHeader.SYN) != 0 && length > 0 || !c.ends.isEmpty() && offset < 0) {
      length = 0;
    }
    segment(c, flags, offset, ack, length, window, options, (int) input.number(7));
  }

  private void segment(
      GuestConnection c,
      int flags,
      int offset,
      int ack,
      int length,
      int window,
      int options,
      int wild) {
    if ((options & DAMAGED) == 0) {
      c.sends(flags, offset, length, ack - c.irs - 1, window);
    }
    int bytes = options(c, options, wild);
    long payload = Packets.transportAt(c.ipv4) + TcpHeader.LENGTH + bytes;
    StreamContent.fill(packets.memory(), payload, c.key, offset, length);
    send(c, c.sequenceOf(offset), ack, bytes, flags, window, length, options);
  }

  /** Writes a segment's options; answers how many bytes they are. */
  private int options(GuestConnection c, int options, int wild) {
    MemorySegment s = packets.memory();
    long from = Packets.transportAt(c.ipv4) + TcpHeader.LENGTH;
    long at = from;
    if ((options & TIMESTAMPS) != 0) {
      int value = time() - ((options & OLD_TIMESTAMPS) != 0 ? wild : 0);
      TcpOptions.writeTimestamps(s, at, value, c.echo);
      at += TcpOptions.TIMESTAMPS_LENGTH;
    }
    if ((options & WILD_SACK) != 0) {
      int start = c.acknowledgment() - 5000 + wild % 60_000;
      TcpOptions.writeSackHeader(s, at, 1);
      TcpOptions.writeSackBlock(s, at + 4, start, start + wild / 7 - 100);
      at += TcpOptions.SACK_HEADER_LENGTH + TcpOptions.SACK_BLOCK_LENGTH;
    } else if ((options & SACK) != 0 && !c.received.behindGap().isEmpty()) {
      int count = Math.min(3, c.received.behindGap().size());
      TcpOptions.writeSackHeader(s, at, count);
      at += TcpOptions.SACK_HEADER_LENGTH;
      for (Map.Entry<Integer, Integer> each : c.received.behindGap().entrySet()) {
        if (count-- > 0) {
          TcpOptions.writeSackBlock(s, at, c.irs + 1 + each.getKey(), c.irs + 1 + each.getValue());
          at += TcpOptions.SACK_BLOCK_LENGTH;
        }
      }
    }
    return (int) (at - from);
  }

  private void send(
      GuestConnection c,
      int sequence,
      int ack,
      int optionBytes,
      int flags,
      int window,
      int length,
      int options) {
    boolean partial = (options & PARTIAL) != 0 && end.offloads();
    boolean several = partial && (options & SEVERAL) != 0 && length > MSS;
    boolean damaged = (options & DAMAGED) != 0;
    int frame =
        packets.tcp(
            c.ipv4,
            c.port,
            c.peerPort,
            sequence,
            ack,
            TcpHeader.LENGTH + optionBytes,
            flags,
            window,
            length,
            partial && !damaged,
            damaged);
    end.send(packets.memory(), 0, frame, partial && !damaged, several ? MSS : 0);
  }

  /** A TCP segment has come for the guest. */
  void onSegment(MemorySegment s, long at, int length) {
    int port = TcpHeader.destinationPort(s, at);
    for (GuestConnection c : connections) {
      if (c != null && c.port == port && c.peerPort == TcpHeader.sourcePort(s, at)) {
        c.onSegment(s, at, length);
      }
    }
  }

  /** Gives new connections their peers. */
  void accept() {
    for (int i = 0; i < 2 && isAnyAlone(); i++) {
      int listener = listeners[i];
      int fd = peers.accept(listener);
      while (fd >= 0) {
        int port = guestPortOf(peers.port(), i == 0);
        GuestConnection c = withPort(port);
        if (c == null || c.peer >= 0) {
          peers.reset(fd); // nobody knows it any more, or a SYN has begun it anew
        } else {
          c.peer = fd;
        }
        fd = peers.accept(listener);
      }
    }
    if (stack.now() - began > QUIET) {
      for (GuestConnection c : connections) {
        if (c != null) {
          c.mayEnd = true;
        }
      }
    }
  }

  private boolean isAnyAlone() {
    for (GuestConnection c : connections) {
      if (c != null && c.peer < 0 && !c.peerSawEnd) {
        return true;
      }
    }
    return false;
  }

  /** The guest's port of the flow whose socket has this port. */
  private int guestPortOf(int port, boolean ipv4) {
    for (int i = 0; i < stack.net.flows().capacity(); i++) {
      Flow flow = stack.net.flows().flow(i);
      if (flow.live() && flow.type() == FlowType.TCP) {
        stack.net.tcp().learnOurSide(i);
        if (flow.host().ourPort() == port && flow.host().isIpv4() == ipv4) {
          return flow.guest().endpointPort();
        }
      }
    }
    return GuestConnection.NONE;
  }

  private GuestConnection withPort(int port) {
    for (GuestConnection c : connections) {
      if (c != null && c.port == port) {
        return c;
      }
    }
    return null;
  }

  private void forget(GuestConnection c) {
    if (c != null) {
      peers.reset(c);
    }
  }

  /**
   * Has everything delivered that must be, both ways, as two decent ends would.
   *
   * @param turn one turn of the loop, with what has come for the guest taken
   */
  void deliver(Runnable turn) {
    for (GuestConnection c : connections) {
      if (c != null && c.established && c.peer >= 0 && !c.over && !c.mayEnd) {
        deliver(c, turn);
      }
    }
  }

  private void deliver(GuestConnection c, Runnable turn) {
    end.flush();
    turn.run();
    if (c.over || c.mayEnd) {
      return;
    }
    int target =
        c.ends.stream()
            .filter(each -> each >= c.acknowledged)
            .min(Integer::compare)
            .orElse(c.furthest() + GOOD_BYTES);
    boolean ends = !c.ends.isEmpty();
    if (!c.peerShut) {
      peers.send(c, GOOD_BYTES);
    }
    int barren = 0;
    while (barren < MAX_BARREN) {
      int before = c.acknowledged + c.received.contiguous() + c.peerReceived;
      sendText(c, target, ends);
      end.flush();
      turn.run();
      if (c.over) {
        c.check(false, "ended while all that was sent was being delivered");
      }
      peers.receive(c, 1 << 24);
      if (c.peerReceived == target
          && c.acknowledged == target
          && c.received.contiguous() == c.peerSent
          && c.peerSawEnd == ends) {
        return;
      }
      if (before != c.acknowledged + c.received.contiguous() + c.peerReceived) {
        barren = 0;
      } else {
        barren++;
        stack.advance(100, TimeUnit.MILLISECONDS);
        if (barren > PATIENT) {
          // The kernel's own timers, such as that of delayed acknowledgments, take real time.
          LockSupport.parkNanos(PAUSE);
        }
      }
    }
    c.check(false, "doesn't deliver all, up to " + target);
  }

  private void sendText(GuestConnection c, int target, boolean ends) {
    int options = c.timestamps ? TIMESTAMPS : 0;
    int from = c.acknowledged;
    int last = Math.min(target, Math.max(c.mayUpTo, from));
    int ack = c.acknowledgment();
    for (int i = 0; i < SEGMENTS_A_ROUND && from < last; i++) {
      int length = Math.min(MSS, last - from);
      segment(c, TcpHeader.ACK, from, ack, length, 65_535, options, 0);
      from += length;
    }
    if (from == target && ends && !c.endAcknowledged) {
      segment(c, TcpHeader.ACK | TcpHeader.FIN, from, ack, 0, 65_535, options, 0);
    } else {
      int end = from + (c.endAcknowledged ? 1 : 0);
      segment(c, TcpHeader.ACK, end, ack, 0, 65_535, options, 0);
    }
  }

  /** Ends all connections, as a guest and peers do that go away. */
  void forgetAll() {
    for (int i = 0; i < SLOTS; i++) {
      GuestConnection c = connections[i];
      if (c != null) {
        forget(c);
        int offset = c.acknowledged + (c.endAcknowledged ? 1 : 0);
        segment(c, TcpHeader.RST, offset, 0, 0, 0, 0, 0);
      }
      connections[i] = null;
    }
  }

  /** Forgets connections that nobody has accepted. */
  void clearBacklogs() {
    for (int i = 0; i < listeners.length; i++) {
      int fd = peers.accept(listeners[i]);
      while (fd >= 0) {
        peers.reset(fd);
        fd = peers.accept(listeners[i]);
      }
    }
  }

  void close() {
    for (GuestConnection c : connections) {
      forget(c);
    }
    for (int fd : listeners) {
      peers.close(fd);
    }
  }
}
