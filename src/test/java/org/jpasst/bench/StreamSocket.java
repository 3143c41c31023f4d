package org.jpasst.bench;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;

/**
 * QEMU's stream socket: the kernel plays the guest on a TAP device, and the lab's bridge plays
 * QEMU.
 *
 * @param backEnd the program
 */
record StreamSocket(BackEndProgram backEnd) implements Attachment {
  /** The largest that a TAP device has; cells make it smaller. */
  private static final int MTU = 65520;

  @Override
  public TestBed open(GuestSettings settings, Links links) {
    Lab lab = Lab.open(links.path());
    try {
      List<String> options =
          Stream.concat(Stream.of("--quiet"), Ports.forwardingOptions().stream()).toList();
      BackEnd process = BackEnd.start(lab, backEnd, options);
      TapGuest guest = TapGuest.connect(lab, process.socket(), MTU, links.guest());
      guest.configureForMeasurement(settings.congestionControl());
      LabTuning.apply(lab);
      return new Bed(lab, process, guest);
    } catch (RuntimeException | Error e) {
      lab.close();
      throw e;
    }
  }

  @Override
  public Optional<BackEndProgram> program() {
    return Optional.of(backEnd);
  }

  @Override
  public List<String> options() {
    return List.of();
  }

  private record Bed(Lab lab, BackEnd process, TapGuest tap) implements TestBed {
    @Override
    public NetworkNamespace guest() {
      return lab.guest();
    }

    @Override
    public NetworkNamespace at(Peer peer) {
      return peer == Peer.LOCAL ? lab.host() : lab.remote();
    }

    @Override
    public String addressForGuest(Peer peer) {
      return peer == Peer.LOCAL ? Lab.GATEWAY4 : Lab.REMOTE4;
    }

    @Override
    public String addressOfGuest(Peer peer) {
      return peer == Peer.LOCAL ? "127.0.0.1" : Lab.HOST4;
    }

    @Override
    public void mtu(int mtu) {
      lab.guest().ip("link set " + tap.device() + " mtu " + mtu);
    }

    @Override
    public Optional<BackEndProcess> backEnd() {
      return Optional.of(new BackEndProcess(process.process().pid()));
    }

    @Override
    public long retransmissions() {
      return tap.retransmittedSegments();
    }

    @Override
    public long interfaceDrops() {
      return tap.droppedFrames() + lab.framesDroppedOnPath();
    }

    @Override
    public void close() {
      try (lab;
          process;
          tap) {
        // Closed in the opposite order: the guest's link, the back-end, the namespaces.
      }
    }
  }
}
