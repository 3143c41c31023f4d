package org.jpasst.bench;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
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
      settings.awaitBoot();
      TapGuest guest = TapGuest.connect(lab, process.socket(), MTU, links.guest());
      guest.configureForMeasurement(settings.congestionControl());
      LabTuning.apply(lab);
      return new BackEndBed(lab, process, guest, false, settings.ipv6());
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
}
