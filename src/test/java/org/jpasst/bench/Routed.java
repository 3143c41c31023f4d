package org.jpasst.bench;

import java.util.List;
import java.util.Optional;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.Impairment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LossyLink;

/**
 * No back-end at all: the guest's namespace has a virtual Ethernet link to the host, which routes
 * between it and the remote. Segmentation and checksum offload are off on the guest's link, because
 * a guest behind a stream socket has none either; this is what the kernel alone can do with the
 * same frames.
 */
record Routed() implements Attachment {
  private static final String GUEST = "10.0.2.15";
  private static final String HOST = "10.0.2.2";
  private static final String GUEST_MAC = "02:00:00:00:00:03";
  private static final String HOST_MAC = "02:00:00:00:00:04";
  private static final int QUEUE_LENGTH = 20_000;

  @Override
  public TestBed open(GuestSettings settings, Links links) {
    Lab lab = Lab.open(links.path());
    try {
      Optional<LabProcess> link = join(lab, links.guest());
      configure(lab, settings.congestionControl());
      LabTuning.apply(lab);
      return new Bed(lab, link);
    } catch (RuntimeException | Error e) {
      lab.close();
      throw e;
    }
  }

  @Override
  public Optional<BackEndProgram> program() {
    return Optional.empty();
  }

  @Override
  public List<String> options() {
    return List.of();
  }

  /** Makes the guest's link, and tells the process that joins its ends if the kernel doesn't. */
  private static Optional<LabProcess> join(Lab lab, Impairment impairment) {
    if (!impairment.equals(Impairment.NONE)) {
      return Optional.of(
          LossyLink.between(
              new LossyLink.Device(lab.guest(), "eth0", GUEST_MAC),
              new LossyLink.Device(lab.host(), "vg", HOST_MAC),
              impairment));
    }
    lab.host()
        .ip(
            "link add vg netns %s type veth peer name eth0 netns %s"
                .formatted(lab.host().name(), lab.guest().name()));
    String traffic = CProgram.TRAFFIC.binary().toString();
    lab.host().run(traffic, "no-offload", "vg");
    lab.guest().run(traffic, "no-offload", "eth0");
    return Optional.empty();
  }

  private static void configure(Lab lab, String congestionControl) {
    lab.host().ip("addr add " + HOST + "/24 dev vg");
    lab.guest().ip("addr add " + GUEST + "/24 dev eth0 noprefixroute");
    lab.host().ip("link set vg txqueuelen " + QUEUE_LENGTH + " up");
    lab.guest().ip("link set eth0 txqueuelen " + QUEUE_LENGTH + " up");
    lab.guest().ip("route add 10.0.2.0/24 dev eth0 congctl " + congestionControl);
    lab.guest().ip("route add default via " + HOST + " congctl " + congestionControl);
    lab.host().sysctl("net.ipv4.ip_forward", "1");
    lab.remote().ip("route add 10.0.2.0/24 via " + Lab.HOST4);
  }

  private record Bed(Lab lab, Optional<LabProcess> link) implements TestBed {
    @Override
    public String addressForGuest(Peer peer) {
      return peer == Peer.LOCAL ? HOST : Lab.REMOTE4;
    }

    @Override
    public String addressOfGuest(Peer peer) {
      return GUEST;
    }

    @Override
    public void mtu(int mtu) {
      // Without a back-end the guest's packets go on as they are: the whole path needs the MTU.
      lab.guest().ip("link set eth0 mtu " + mtu);
      lab.host().ip("link set vg mtu " + mtu);
      lab.host().ip("link set vh mtu " + mtu);
      lab.remote().ip("link set vr mtu " + mtu);
    }

    @Override
    public Optional<BackEndProcess> backEnd() {
      return Optional.empty();
    }

    @Override
    public long retransmissions() {
      return lab.guest().counter("Tcp", "RetransSegs");
    }

    @Override
    public long interfaceDrops() {
      return lab.guest().droppedFrames("eth0")
          + lab.host().droppedFrames("vg")
          + lab.framesDroppedOnPath();
    }

    @Override
    public void close() {
      link.ifPresent(LabProcess::close);
      lab.close();
    }
  }
}
