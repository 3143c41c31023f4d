package org.jpasst.guest;

/**
 * The back-end's state, for a link that carries it to another host ({@link GuestLink#carry}): that
 * of vhost-user inside QEMU's migration, by SET_DEVICE_STATE_FD and CHECK_DEVICE_STATE.
 */
public interface DeviceState {
  /** A state that can't be carried. */
  DeviceState UNSUPPORTED =
      new DeviceState() {
        private static final int ENOTSUP = 95;

        @Override
        public void expected() {
          // It will be refused.
        }

        @Override
        public int save(int fd) {
          return ENOTSUP;
        }

        @Override
        public int load(int fd) {
          return ENOTSUP;
        }

        @Override
        public void taken() {
          // There was nothing to take.
        }

        @Override
        public void resumed() {
          // Nothing was ever paused.
        }
      };

  /**
   * The state is likely to be saved soon: with vhost-user, the front-end begins to copy the guest's
   * memory.
   */
  void expected();

  /**
   * Writes the state. The guest stands still.
   *
   * @param fd a pipe or stream socket to write to, which stays the caller's
   * @return 0, or a positive error number; then the back-end is as if nothing had happened
   */
  int save(int fd);

  /**
   * Reads a state, to its end. The guest doesn't run yet.
   *
   * @param fd a pipe or stream socket to read from, which stays the caller's
   * @return 0, or a positive error number
   */
  int load(int fd);

  /** Who asked for it has the state that was saved. The guest may still go on here. */
  void taken();

  /** The guest runs again here, although its state had been saved. */
  void resumed();
}
