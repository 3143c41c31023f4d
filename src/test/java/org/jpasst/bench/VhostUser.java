package org.jpasst.bench;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Impairment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.TapGuest;

/**
 * The guest's memory: the kernel plays the guest on a TAP device, and the lab's front-end plays
 * QEMU and the guest's driver.
 *
 * @param backEnd the program
 * @param properties of the device, as QEMU has them
 */
record VhostUser(BackEndProgram backEnd, List<String> properties) implements Attachment {
  /** The largest that a TAP device has; cells make it smaller. */
  private static final int MTU = 65520;

  @Override
  public TestBed open(GuestSettings settings, Links links) {
    Lab lab = Lab.open(links.path());
    try {
      List<String> arguments =
          Stream.of(List.of("--quiet"), options(), Ports.forwardingOptions())
              .flatMap(List::stream)
              .toList();
      BackEnd process = BackEnd.start(lab, backEnd, arguments);
      settings.awaitBoot();
      TapGuest guest = TapGuest.connectVhostUser(lab, process.socket(), MTU, properties);
      guest.configureForMeasurement(settings.congestionControl());
      LabTuning.apply(lab);
      return new BackEndBed(lab, process, guest, true, settings.ipv6());
    } catch (RuntimeException | Error e) {
      lab.close();
      throw e;
    }
  }

  @Override
  public boolean takes(Links links) {
    return links.guest().equals(Impairment.NONE);
  }

  @Override
  public Optional<BackEndProgram> program() {
    return Optional.of(backEnd);
  }

  @Override
  public List<String> options() {
    return List.of("--vhost-user");
  }
}
