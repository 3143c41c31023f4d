/**
 * Frames between the guest's link and another one, the uplink, as they are: nothing is translated,
 * nothing is answered. Where a guest is that has moved here is told.
 */
package org.jpasst.bridge;
