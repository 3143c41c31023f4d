/**
 * Frames between the guest's link and another one, the uplink, as they are: nothing is translated,
 * nothing is answered.
 */
package org.jpasst.bridge;
