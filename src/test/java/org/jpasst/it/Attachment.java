package org.jpasst.it;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;

/** The ways to attach a QEMU guest that the acceptance tests go through. */
enum Attachment {
  /** QEMU 11 starts the back-end itself. */
  STARTED_BY_QEMU_11(1400),
  /** QEMU 11 connects to a back-end started by hand, with the MTU it has by default. */
  STREAM_OF_QEMU_11(65520),
  /** QEMU 7.2, the first version with this netdev, does. */
  STREAM_OF_QEMU_7_2(1500),
  /** QEMU 11 starts the back-end, which works in the guest's memory. */
  VHOST_USER_STARTED_BY_QEMU(1500),
  /** QEMU 11 connects to a vhost-user back-end started by hand; the guest has two queue pairs. */
  VHOST_USER_OF_QEMU(65520),
  /** The guest cuts up and sums itself, and takes packets as they go over a wire. */
  VHOST_USER_WITHOUT_OFFLOADS(1500),
  /** The guest's driver is of before virtio 1.0, with the shortest header. */
  VHOST_USER_LEGACY(1500);

  /** The port that is forwarded to the guest. */
  static final int FORWARDED = 5001;

  private final int mtu;

  Attachment(int mtu) {
    this.mtu = mtu;
  }

  /** The MTU that the guest must be told. */
  int mtu() {
    return mtu;
  }

  /** Boots the guest; the back-end runs for as long as QEMU does. */
  QemuGuest boot(Lab lab) {
    return switch (this) {
      case STARTED_BY_QEMU_11 -> QemuGuest.boot(lab, LabTree.testing(), "-netdev", passt());
      case VHOST_USER_STARTED_BY_QEMU ->
          QemuGuest.boot(lab, LabTree.testing(), "-netdev", passt() + ",vhost-user=on");
      case VHOST_USER_OF_QEMU -> bootOnVhostUser(lab, ",queues=2", "mq=on,vectors=6");
      case VHOST_USER_WITHOUT_OFFLOADS ->
          bootOnVhostUser(
              lab,
              "",
              "csum=off,guest_csum=off,host_tso4=off,host_tso6=off,guest_tso4=off,guest_tso6=off,"
                  + "host_uso=off,guest_uso4=off,guest_uso6=off,mrg_rxbuf=off,event_idx=off,"
                  + "indirect_desc=off");
      case VHOST_USER_LEGACY ->
          bootOnVhostUser(lab, "", "disable-modern=on,disable-legacy=off,mrg_rxbuf=off");
      case STREAM_OF_QEMU_11 -> bootOnStream(lab, LabTree.testing(), List.of());
      case STREAM_OF_QEMU_7_2 ->
          bootOnStream(lab, LabTree.bookworm(), List.of("--mtu", Integer.toString(mtu)));
    };
  }

  private String passt() {
    return "passt,id=%s,path=%s,tcp-ports=%d,mtu=%d"
        .formatted(QemuGuest.NETDEV, BackEnd.program(), FORWARDED, mtu);
  }

  private QemuGuest bootOnVhostUser(Lab lab, String netdev, String device) {
    BackEnd backEnd =
        BackEnd.startOneOff(
            lab,
            List.of(
                "--vhost-user",
                "--tcp-ports",
                Integer.toString(FORWARDED),
                "--mtu",
                Integer.toString(mtu)));
    return QemuGuest.bootWith(
        device,
        lab,
        LabTree.testing(),
        "-chardev",
        "socket,id=c,path=" + backEnd.socket(),
        "-netdev",
        "vhost-user,chardev=c,id=" + QemuGuest.NETDEV + netdev);
  }

  private static QemuGuest bootOnStream(Lab lab, LabTree tree, List<String> options) {
    // The namespace ends this back-end if it doesn't end by itself.
    var all = new ArrayList<>(List.of("--tcp-ports", Integer.toString(FORWARDED)));
    all.addAll(options);
    BackEnd backEnd = BackEnd.startOneOff(lab, all);
    return QemuGuest.boot(
        lab,
        tree,
        "-netdev",
        "stream,id=%s,server=off,addr.type=unix,addr.path=%s"
            .formatted(QemuGuest.NETDEV, backEnd.socket()));
  }
}
