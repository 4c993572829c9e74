#!/bin/bash
# ceph.sh up DIR RGW_PORT MON_PORT   starts a throwaway single-node Ceph with its S3 gateway on 127.0.0.1:RGW_PORT
# ceph.sh down DIR                   stops what `up` started in DIR, by pid, and removes DIR
# `up` reads the key pairs of its two users from ALICE_KEY ALICE_SECRET BOB_KEY BOB_SECRET.
# One mon and one osd (BlueStore on a sparse file, so objects of some GiB cost disk and no memory), no mgr, no cephx.
set -eu

# The pid may be somebody else's by now: only a process that was given our configuration is ours. A zombie has no arguments.
ours () { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "$dir/ceph.conf"; }

down () {
  local name file pid
  for name in radosgw osd mon; do
    file=$dir/$name.pid
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    ours "$pid" || continue
    # Nothing in there is worth the five seconds of an orderly end.
    kill -9 "$pid"
    for _ in $(seq 100); do ours "$pid" || break; sleep 0.05; done
  done
  rm -rf "$dir"
}

die () { echo "$1"; tail -q -n 20 "$dir"/log/* 2>/dev/null; exit 1; }

configure () {
  cat >"$conf" <<CONF
[global]
fsid = $fsid
mon_initial_members = a
mon_host = [v2:127.0.0.1:$mon_port/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = false
ms_bind_msgr1 = false
# radosgw's default for this, 'secure', cannot be negotiated without cephx: it loops on -13.
ms_mon_client_mode = crc
run_dir = $dir
admin_socket =
log_file = $dir/log/\$name.log
log_to_stderr = false
err_to_stderr = true
crash_dir = $dir
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_warn_on_pool_no_redundancy = false
[mon]
mon_data = $dir/mon.\$id
mon_cluster_log_file = $dir/log/cluster.log
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_osd_min_down_reporters = 1
# The default of 1 s makes the creation of the pools take 18 s.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[osd]
osd_data = $dir/osd.\$id
osd_objectstore = bluestore
bluestore_block_size = $((30 << 30))
bluestore_block_create = true
bluestore_fsck_on_mount = false
osd_memory_target = 1073741824
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 2
osd_max_scrubs = 1
osd_numa_auto_affinity = false
osd_class_load_list = *
osd_class_default_list = *
[client.rgw]
rgw_data = $dir/rgw
rgw_frontends = beast endpoint=127.0.0.1:$rgw_port
rgw_thread_pool_size = 64
rgw_dns_name = localhost
# SSE-C over plain HTTP.
rgw_crypt_require_ssl = false
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 15
CONF
}

# start NAME PROGRAM ARGS...: in the background, outliving this script, its pid in NAME.pid
start () {
  local name=$1
  shift
  setsid "$@" -f </dev/null >>"$dir/log/$name.out" 2>&1 &
  echo $! >"$dir/$name.pid"
}

alive () { kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; }

user () {
  radosgw-admin -c "$conf" -n client.rgw user create "--uid=$1" "--display-name=$1" "--access-key=$2" "--secret=$3"
}

up () {
  local fsid osd_uuid
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd_uuid=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir"/{log,rgw,osd.0}
  configure

  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$dir/monmap" >>"$boot" 2>&1
  ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" >>"$boot" 2>&1 || die 'ceph-mon --mkfs failed'
  start mon ceph-mon -c "$conf" -i a
  ceph -c "$conf" --connect-timeout 30 osd new "$osd_uuid" >>"$boot" 2>&1 || die 'the mon did not answer'

  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd_uuid" >>"$boot" 2>&1 || die 'ceph-osd --mkfs failed'
  start osd ceph-osd -c "$conf" -i 0
  for _ in $(seq 150); do
    ceph -c "$conf" --connect-timeout 30 osd stat 2>/dev/null | grep -q '1 up' && break
    alive osd || die 'the osd died'
    sleep 0.2
  done

  start radosgw radosgw -c "$conf" -n client.rgw
  for _ in $(seq 300); do
    curl -s -o "$dir/probe" --max-time 5 "http://127.0.0.1:$rgw_port/" && break
    alive radosgw || die 'radosgw died'
    sleep 0.1
  done
  [ -e "$dir/probe" ] || die 'radosgw did not come up'
  user alice "$ALICE_KEY" "$ALICE_SECRET" >>"$boot" 2>&1 || die 'no user alice'
  user bob "$BOB_KEY" "$BOB_SECRET" >>"$boot" 2>&1 || die 'no user bob'
}

dir=$2
conf=$dir/ceph.conf
boot=$dir/log/boot.out
case $1 in
  up) rgw_port=$3; mon_port=$4; up ;;
  down) down ;;
esac
