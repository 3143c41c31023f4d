package org.jpasst.it;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;

/** The ways to attach a QEMU guest in stream mode that the acceptance tests go through. */
enum Attachment {
  /** QEMU 11 starts the back-end itself. */
  STARTED_BY_QEMU_11(1400),
  /** QEMU 11 connects to a back-end started by hand, with the MTU it has by default. */
  STREAM_OF_QEMU_11(65520),
  /** QEMU 7.2, the first version with this netdev, does. */
  STREAM_OF_QEMU_7_2(1500);

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
      case STARTED_BY_QEMU_11 ->
          QemuGuest.boot(
              lab,
              LabTree.testing(),
              "-netdev",
              "passt,id=%s,path=%s,tcp-ports=%d,mtu=%d"
                  .formatted(QemuGuest.NETDEV, BackEnd.program(), FORWARDED, mtu));
      case STREAM_OF_QEMU_11 -> bootOnStream(lab, LabTree.testing(), List.of());
      case STREAM_OF_QEMU_7_2 ->
          bootOnStream(lab, LabTree.bookworm(), List.of("--mtu", Integer.toString(mtu)));
    };
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
