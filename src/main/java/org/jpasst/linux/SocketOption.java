package org.jpasst.linux;

/** Names of socket options; each is to be used with the level that its prefix says. */
public final class SocketOption {
  /** asm-generic/socket.h, level SOCKET. */
  public static final int SO_REUSEADDR = 2;

  /** Level SOCKET. */
  public static final int SO_TYPE = 3;

  /** Level SOCKET: the pending error, which this clears. */
  public static final int SO_ERROR = 4;

  /** Level SOCKET. */
  public static final int SO_BROADCAST = 6;

  /** Level SOCKET: the kernel doubles what is set. */
  public static final int SO_SNDBUF = 7;

  /** Level SOCKET: the kernel doubles what is set. */
  public static final int SO_RCVBUF = 8;

  /** Level SOCKET. */
  public static final int SO_KEEPALIVE = 9;

  /** Level SOCKET: urgent bytes stay in the stream; inherited by who is accepted. */
  public static final int SO_OOBINLINE = 10;

  /** Level SOCKET: struct linger, two ints. */
  public static final int SO_LINGER = 13;

  /** Level SOCKET. */
  public static final int SO_REUSEPORT = 15;

  /** Level SOCKET: struct ucred, pid, uid, gid. */
  public static final int SO_PEERCRED = 17;

  /** Level SOCKET. */
  public static final int SO_RCVLOWAT = 18;

  /** Level SOCKET: the interface's name. */
  public static final int SO_BINDTODEVICE = 25;

  /** Level SOCKET: struct sock_fprog. */
  public static final int SO_ATTACH_FILTER = 26;

  /** Level SOCKET. */
  public static final int SO_DETACH_FILTER = 27;

  /** Level SOCKET. */
  public static final int SO_ACCEPTCONN = 30;

  /** Level SOCKET: like SO_SNDBUF beyond the limit, with CAP_NET_ADMIN. */
  public static final int SO_SNDBUFFORCE = 32;

  /** Level SOCKET: like SO_RCVBUF beyond the limit, with CAP_NET_ADMIN. */
  public static final int SO_RCVBUFFORCE = 33;

  /** Level SOCKET. */
  public static final int SO_PROTOCOL = 38;

  /** Level SOCKET. */
  public static final int SO_DOMAIN = 39;

  /** Level SOCKET. */
  public static final int SO_RXQ_OVFL = 40;

  /** Level SOCKET: where MSG_PEEK starts, -1 for off. */
  public static final int SO_PEEK_OFF = 42;

  /** Level SOCKET: see SocketMemory. */
  public static final int SO_MEMINFO = 55;

  /** Level SOCKET. */
  public static final int SO_COOKIE = 57;

  /** Level SOCKET: index of the interface that a socket is bound to, 0 for none. */
  public static final int SO_BINDTOIFINDEX = 62;

  /** Level SOCKET: whether the buffers' sizes are fixed (SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK). */
  public static final int SO_BUF_LOCK = 72;

  /** linux/in.h, level IP. */
  public static final int IP_TOS = 1;

  /** Level IP; also the received TTL as a control message. */
  public static final int IP_TTL = 2;

  /** Level IP; also the control message, struct in_pktinfo. */
  public static final int IP_PKTINFO = 8;

  /** Level IP. */
  public static final int IP_MTU_DISCOVER = 10;

  /** Level IP; also the error queue's control message. */
  public static final int IP_RECVERR = 11;

  /** Level IP. */
  public static final int IP_RECVTTL = 12;

  /** Level IP. */
  public static final int IP_RECVTOS = 13;

  /** Level IP. */
  public static final int IP_MTU = 14;

  /** Level IP. */
  public static final int IP_FREEBIND = 15;

  /** Level IP: the least TTL that a TCP socket hears, RFC 5082. */
  public static final int IP_MINTTL = 21;

  /** Level IP. */
  public static final int IP_BIND_ADDRESS_NO_PORT = 24;

  /** Level IP: the TTL of datagrams to multicast addresses. */
  public static final int IP_MULTICAST_TTL = 33;

  /** Level IP: joins a multicast group, see {@link GroupRequest}. */
  public static final int IP_ADD_MEMBERSHIP = 35;

  /** Level IP: whether groups are heard that only others have joined. */
  public static final int IP_MULTICAST_ALL = 49;

  /** Value of IP_MTU_DISCOVER. */
  public static final int IP_PMTUDISC_DONT = 0;

  /** Value of IP_MTU_DISCOVER. */
  public static final int IP_PMTUDISC_WANT = 1;

  /** Value of IP_MTU_DISCOVER: always DF. */
  public static final int IP_PMTUDISC_DO = 2;

  /** Value of IP_MTU_DISCOVER. */
  public static final int IP_PMTUDISC_PROBE = 3;

  /** linux/in6.h, level IPV6. */
  public static final int IPV6_UNICAST_HOPS = 16;

  /** Level IPV6: the hop limit of datagrams to multicast addresses. */
  public static final int IPV6_MULTICAST_HOPS = 18;

  /** Level IPV6: joins a multicast group, see {@link GroupRequest}. */
  public static final int IPV6_ADD_MEMBERSHIP = 20;

  /** Level IPV6: whether groups are heard that only others have joined. */
  public static final int IPV6_MULTICAST_ALL = 29;

  /** Level IPV6. */
  public static final int IPV6_MTU_DISCOVER = 23;

  /** Level IPV6. */
  public static final int IPV6_MTU = 24;

  /** Level IPV6; also the error queue's control message. */
  public static final int IPV6_RECVERR = 25;

  /** Level IPV6. */
  public static final int IPV6_V6ONLY = 26;

  /** Level IPV6. */
  public static final int IPV6_RECVPKTINFO = 49;

  /** Level IPV6: the control message, struct in6_pktinfo. */
  public static final int IPV6_PKTINFO = 50;

  /** Level IPV6. */
  public static final int IPV6_RECVHOPLIMIT = 51;

  /** Level IPV6: the control message. */
  public static final int IPV6_HOPLIMIT = 52;

  /** Level IPV6. */
  public static final int IPV6_RECVTCLASS = 66;

  /** Level IPV6. */
  public static final int IPV6_TCLASS = 67;

  /** Level IPV6: the least hop limit that a TCP socket hears, RFC 5082. */
  public static final int IPV6_MINHOPCOUNT = 73;

  /** Level IPV6. */
  public static final int IPV6_FREEBIND = 78;

  /** linux/tcp.h, level TCP. */
  public static final int TCP_NODELAY = 1;

  /** Level TCP. */
  public static final int TCP_MAXSEG = 2;

  /** Level TCP. */
  public static final int TCP_CORK = 3;

  /** Level TCP. */
  public static final int TCP_KEEPIDLE = 4;

  /** Level TCP. */
  public static final int TCP_KEEPINTVL = 5;

  /** Level TCP. */
  public static final int TCP_KEEPCNT = 6;

  /** Level TCP. */
  public static final int TCP_SYNCNT = 7;

  /** Level TCP. */
  public static final int TCP_DEFER_ACCEPT = 9;

  /** Level TCP. */
  public static final int TCP_WINDOW_CLAMP = 10;

  /** Level TCP: see TcpInfo. */
  public static final int TCP_INFO = 11;

  /** Level TCP. */
  public static final int TCP_QUICKACK = 12;

  /** Level TCP. */
  public static final int TCP_CONGESTION = 13;

  /** Level TCP. */
  public static final int TCP_USER_TIMEOUT = 18;

  /** Level TCP. */
  public static final int TCP_REPAIR = 19;

  /** Level TCP, in repair mode: which queue the other calls mean. */
  public static final int TCP_REPAIR_QUEUE = 20;

  /** Level TCP, in repair mode: sequence number of the end of the queue chosen. */
  public static final int TCP_QUEUE_SEQ = 21;

  /** Level TCP, in repair mode: the handshake's options, pairs of code and value. */
  public static final int TCP_REPAIR_OPTIONS = 22;

  /** Level TCP: the present timestamp; set in repair mode. */
  public static final int TCP_TIMESTAMP = 24;

  /** Level TCP. */
  public static final int TCP_NOTSENT_LOWAT = 25;

  /** Level TCP, in repair mode: struct tcp_repair_window. */
  public static final int TCP_REPAIR_WINDOW = 29;

  /** Level TCP: struct tcp_md5sig, RFC 2385. */
  public static final int TCP_MD5SIG_EXT = 32;

  /** linux/udp.h, level UDP. */
  public static final int UDP_SEGMENT = 103;

  /** Level UDP. */
  public static final int UDP_GRO = 104;

  /** linux/icmpv6.h, level ICMPV6. */
  public static final int ICMPV6_FILTER = 1;

  /** linux/netlink.h, level NETLINK. */
  public static final int NETLINK_ADD_MEMBERSHIP = 1;

  /** Level NETLINK. */
  public static final int NETLINK_EXT_ACK = 11;

  /** Level NETLINK: dump requests filter. */
  public static final int NETLINK_GET_STRICT_CHK = 12;

  private SocketOption() {}
}
