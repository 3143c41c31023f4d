/** Decisions only: how addresses are translated, which ports are forwarded, who the guest is. */
package org.jpasst.forward;
