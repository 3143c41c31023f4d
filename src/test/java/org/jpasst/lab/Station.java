package org.jpasst.lab;

/**
 * A station behind the guest's link besides the guest: a network namespace with an interface of its
 * own, {@value #DEVICE}, that has an Ethernet address, addresses in the guest's network, and its
 * router.
 */
public final class Station implements AutoCloseable {
  /** How its interface is joined to the guest's. */
  public enum Joint {
    /** It shares the guest's device, which the guest goes on using, as containers do. */
    MACVLAN {
      @Override
      void prepare(NetworkNamespace guest) {
        // The guest's device is as it was.
      }

      @Override
      void join(NetworkNamespace guest, NetworkNamespace station, int number) {
        String name = "mv" + number;
        guest.ip("link add " + name + " link " + TapGuest.DEVICE + " type macvlan mode bridge");
        guest.ip("link set " + name + " netns " + station.name() + " name " + DEVICE);
      }

      @Override
      String guestDevice() {
        return TapGuest.DEVICE;
      }
    },
    /** The guest is a bridge, and has its addresses there, as hosts of virtual machines do. */
    BRIDGE {
      @Override
      void prepare(NetworkNamespace guest) {
        guest.ip("link add br0 type bridge stp_state 0 forward_delay 0");
        guest.ip("link set br0 address " + TapGuest.MAC + " up");
        guest.ip("link set " + TapGuest.DEVICE + " master br0");
      }

      @Override
      void join(NetworkNamespace guest, NetworkNamespace station, int number) {
        String port = "p" + number;
        guest.ip(
            "link add %s type veth peer name %s netns %s".formatted(port, DEVICE, station.name()));
        guest.ip("link set " + port + " master br0 up");
      }

      @Override
      String guestDevice() {
        return "br0";
      }
    };

    /** Makes the guest ready, before it has addresses. */
    abstract void prepare(NetworkNamespace guest);

    abstract void join(NetworkNamespace guest, NetworkNamespace station, int number);

    /** Where the guest's own addresses are. */
    abstract String guestDevice();

    /** Gives the guest its addresses and routes. */
    public void configureGuest(NetworkNamespace guest) {
      prepare(guest);
      addresses(guest, guestDevice(), Lab.HOST4, Lab.HOST6);
    }
  }

  /** Its interface. */
  public static final String DEVICE = "eth0";

  private final NetworkNamespace namespace;
  private final int number;

  private Station(NetworkNamespace namespace, int number) {
    this.namespace = namespace;
    this.number = number;
  }

  /**
   * Makes a station, up but without addresses.
   *
   * @param number differs from the others', less than 10
   */
  public static Station join(Lab lab, Joint joint, int number) {
    NetworkNamespace namespace = NetworkNamespace.create("station" + number);
    joint.join(lab.guest(), namespace, number);
    var station = new Station(namespace, number);
    station.changeAddress(0);
    namespace.ip("link set " + DEVICE + " up");
    return station;
  }

  /** Gives it addresses and routes. */
  public Station configure() {
    addresses(namespace, DEVICE, address4(), address6());
    return this;
  }

  /** Gives its interface another Ethernet address; nobody is told. */
  public void changeAddress(int last) {
    namespace.ip("link set %s address 52:54:00:00:%02d:%02d".formatted(DEVICE, last, number));
  }

  private static void addresses(
      NetworkNamespace namespace, String device, String address4, String address6) {
    namespace.ip("addr add " + address4 + "/24 dev " + device);
    namespace.ip("-6 addr add " + address6 + "/64 dev " + device + " nodad");
    namespace.ip("route add default via " + Lab.GATEWAY4 + " dev " + device);
    namespace.ip("-6 route add default via " + Lab.GATEWAY6 + " dev " + device);
  }

  /** Its IPv4 address, as text. */
  public String address4() {
    return "192.0.2.5" + number;
  }

  /** Its IPv6 address, as text. */
  public String address6() {
    return "2001:db8::5" + number;
  }

  /** The namespace that it is. */
  public NetworkNamespace namespace() {
    return namespace;
  }

  @Override
  public void close() {
    namespace.close();
  }
}
