# What src/try and src/check need besides this checkout. To be sourced in its top directory.

is_debian() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

# How to install what is missing ($1: a JDK, $2: Maven; empty what is there), by the names that
# the distribution has for it. What the demonstration can use is named along with it.
advice() (
  . /etc/os-release
  more=
  command -v ip >/dev/null || more=' iproute2'
  case ${ID-}:${VERSION_ID-99} in
    debian:[0-9] | debian:1[0-2])
      [ -z "$1" ] || echo "unpack one in /opt (Temurin 25 from https://adoptium.net), as" \
        "$PRETTY_NAME has no package of it${2:+, and apt-get install maven$more}"
      [ -n "$1" ] || echo "apt-get install maven"
      ;;
    debian:* | ubuntu:*)
      echo "apt-get update && apt-get install${1:+ openjdk-25-jdk-headless}${2:+ maven}$more"
      ;;
    fedora:*) echo "dnf install${1:+ java-25-openjdk-devel}${2:+ maven}$more" ;;
    *) echo "install it, or name a JDK by JAVA_HOME" ;;
  esac
)

# The feature release of the JDK in the directory $1, nothing where there is none.
jdk_release() {
  [ -n "$1" ] && [ -x "$1/bin/javac" ] || return 0
  if [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
  else
    "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'
  fi
}

# Sets JAVA_HOME to a JDK 25, or a newer one where there is none; tells under the name $1 in one
# line what is missing of that and Maven.
need_jdk_and_maven() {
  found=
  newer=
  java=$(command -v java) && java=$(readlink -f "$java") || java=
  for jdk in "${JPASST_JAVA_HOME-}" "${JAVA_HOME-}" "${JAVA25_HOME-}" "${java%/bin/java}" \
    /usr/lib/jvm/* /opt/* /opt/java/* /usr/java/* /usr/jdk/* /usr/local/* \
    "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* "${HOME-}"/.m2/jdks/*; do
    release=$(jdk_release "$jdk")
    if [ "${release:-0}" = 25 ]; then
      found=$jdk
      break
    fi
    [ "${release:-0}" -lt 25 ] || newer=${newer:-$jdk}
  done
  found=${found:-$newer}
  jdk='' maven=''
  [ -n "$found" ] || jdk='a JDK (25 or newer)'
  command -v mvn >/dev/null || maven='Maven'
  if [ -n "$jdk$maven" ]; then
    echo "$1: missing: $jdk${jdk:+${maven:+ and }}$maven: $(advice "$jdk" "$maven")" >&2
    return 1
  fi
  # Maven runs on it, too: so its toolchains find it, wherever it is, and its plugins start it.
  export JAVA_HOME="$found" PATH="$found/bin:$PATH"
  # What Maven's own libraries do is nothing that its users need to be warned of.
  export MAVEN_OPTS="${MAVEN_OPTS-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED"
}

# Installs what the lab calls, as root on Debian; elsewhere tells what that is, under the name $1.
need_lab() {
  if [ "$(id -u)" != 0 ]; then
    echo "$1: not root: tests in network namespaces and with QEMU guests are skipped" >&2
    return 0
  fi
  wanted=$(grep -v '^#' src/test/lab/packages)
  if ! is_debian; then
    echo "$1: the lab needs what these Debian packages have:" $wanted >&2
    return 0
  fi
  lacking=
  for package in $wanted; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || lacking="$lacking $package"
  done
  [ -n "$lacking" ] || return 0
  echo "$1: installing$lacking"
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  apt-get update --quiet
  apt-get install --quiet --yes --no-install-recommends $lacking
}
