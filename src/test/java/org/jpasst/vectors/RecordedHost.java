package org.jpasst.vectors;

import com.google.gson.annotations.SerializedName;
import java.util.List;

/**
 * The network that a back-end finds in a recording.
 *
 * @param config a name for all of it
 * @param hostMac MAC address of the host's interface {@code vh}
 * @param remoteMac MAC address at its other end
 * @param hostAddresses of {@code vh}, each with its prefix length
 * @param remoteAddresses of its other end, each with its prefix length
 * @param hostRoutes in the words of {@code ip route add}
 * @param resolv content of /etc/resolv.conf
 */
public record RecordedHost(
    String config,
    @SerializedName("host_mac") String hostMac,
    @SerializedName("remote_mac") String remoteMac,
    @SerializedName("host_addresses") List<String> hostAddresses,
    @SerializedName("remote_addresses") List<String> remoteAddresses,
    @SerializedName("host_routes") List<String> hostRoutes,
    String resolv) {}
