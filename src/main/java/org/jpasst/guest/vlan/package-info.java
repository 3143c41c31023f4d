/**
 * The guest in one VLAN (IEEE 802.1Q): stands between its link and who takes and sends its frames,
 * and only where there is a VLAN. What comes in the VLAN loses its tag, what goes to it gets one.
 */
package org.jpasst.guest.vlan;
