/**
 * The guest behind vhost-user: QEMU's process is the front-end, which shares the guest's memory
 * with us and tells over a UNIX socket where in it the guest's virtqueues are. Frames are read and
 * written there in place (virtio 1.3 sections 2.7 and 5.1; QEMU's document "Vhost-user Protocol").
 */
package org.jpasst.guest.vhostuser;
