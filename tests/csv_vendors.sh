#!/bin/sh
# Every shape of a CSV export, as a user comes with it: an export that permits all of the RTP that
# Genesys Cloud needs, one that lacks a single port of it, and one without it. The question is
# GC-RTP-001 of the pack genesys-cloud; what answers is the proof over whole sets.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-./fwproof}")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

media='52.129.96.0/20 136.245.64.0/18 167.234.48.0/20 169.150.104.0/21'

# PRESET, header, row of the media, last row (or "-"). @LO@ and @HI@ are the ports; @NET@ is a range
# of the media, the row is repeated for each; @NETS@ are all of them in one cell.
shapes() {
    cat <<'END'
fortigate	Policy,From,To,Source,Destination,Schedule,Service,Action,IP Pool,NAT,Type,Security Profiles,Log,Bytes	Media,inside,outside,10.0.0.0/8 192.168.0.0/16 all,"@NETS@",always,udp/@LO@-@HI@,ACCEPT,,Enabled,Standard,no-inspection,All,1 GB	Implicit Deny,any,any,all,all,always,ALL,DENY,,,,,Disabled,0 B
fortimanager	POLICY_NAME,SRC_INTERFACE,DST_INTERFACE,SRC_ADDRESS,DST_ADDRESS,SERVICE_NAME	Media,inside,outside,all,"@NETS@",UDP_@LO@-@HI@	-
pan-os-gui	#,Name,Tags,Type,Zone,Address,User,HIP Profile,Zone,Address,Application,Service,Action,Profile,Options,	1,Media,voice,universal,inside,any,any,any,outside,"@NETS@",any,udp/@LO@-@HI@,allow,av,none,	4,Rest,none,universal,any,any,any,any,any,any,any,any,deny,none,none,
pan-os	Name,Tags,Type,Source Zone,Source Address,Source User,Source Device,Destination Zone,Destination Address,Destination Device,Application,Service,URL Category,Action,Profile,Options,Target,Rule Usage Hit Count,Modified,Created	Media,voice,universal,inside,any,any,any,outside,"@NETS@",any,any,service-udp-@LO@-@HI@,any,Allow,av,none,any,77,2026-01-02,2025-01-02	interzone-default,none,interzone,any,any,any,any,(interzone),any,any,any,any,any,Deny,none,none,any,9,,
strata	name,folder,position,from,to,source,negate_source,destination,negate_destination,source_user,application,category,service,action,disabled,profile_setting,log_setting,tag,description	Media,Shared,pre,['inside'],['outside'],['any'],False,"@NETS@",False,['any'],['any'],['any'],['udp_@LO@-@HI@'],allow,False,best-practice,Cortex,[],	-
check-point	No.,Type,Name,Source,Destination,VPN,Services & Applications,Content,Action,Time,Track,Install On,Comments	1,Rule,Media,Any,"@NETS@",Any,udp_@LO@-@HI@,Any,Accept,Any,Log,Policy Targets,	9,Rule,Cleanup,Any,Any,Any,Any,Any,Drop,Any,Log,Policy Targets,
check-point-api	name,source,destination,service,action,track,comment,type	Media,Any,"@NETS@",udp-@LO@-@HI@,Accept,Log,,access-rule	Cleanup,Any,Any,Any,Drop,None,,access-rule
aws-security-group-short	sg_name,rule_type,protocol,port_range,dst_cidr,dst_sg	phones,egress,udp,@LO@-@HI@,@NET@,null	phones,egress,tcp,443-443,0.0.0.0/0,null
aws-security-group	RequestID,name,security_group_id,direction,from_port,to_port,ip_protocol,referenced_security_group_id,cidr_ipv4,cidr_ipv6,business_justification	r1,media,sg-1,egress,@LO@,@HI@,udp,,@NET@,,voice	r2,web,sg-1,egress,443,443,tcp,,0.0.0.0/0,::/0,web
aws-sg-outbound	Name,Security group rule ID,IP version,Type,Protocol,Port range,Destination,Description	-,sgr-0a,IPv4,Custom UDP,UDP,@LO@ - @HI@,@NET@,voice	-,sgr-0b,IPv4,HTTPS,TCP,443,0.0.0.0/0,web
aws-network-acl	network_acl_id,rule_number,egress,protocol,rule_action,cidr_block,from_port,to_port	acl-1,100,true,udp,allow,@NET@,@LO@,@HI@	acl-1,*,true,-1,deny,0.0.0.0/0,,
azure-nsg	Name,Description,Protocol,SourcePortRange,DestinationPortRange,SourceAddressPrefix,DestinationAddressPrefix,Access,Priority,Direction,ProvisioningState,Etag,Id	Media,,Udp,*,@LO@-@HI@,*,"@NETS@",Allow,200,Outbound,Succeeded,"W/""1""",/x/1	DenyAll,,*,*,*,*,*,Deny,4000,Outbound,Succeeded,"W/""1""",/x/2
gcp	NAME,NETWORK,DIRECTION,PRIORITY,SRC_RANGES,DEST_RANGES,ALLOW,DENY,SRC_TAGS,SRC_SVC_ACCT,TARGET_TAGS,TARGET_SVC_ACCT,DISABLED	media,default,EGRESS,900,,"@NETS@",udp:@LO@-@HI@,,,,,,False	deny-all,default,EGRESS,1000,,0.0.0.0/0,,all,,,,,False
pfsense	tracker,type,interface,ipprotocol,protocol,source,source_port,destination,destination_port,disabled,descr	1,pass,lan,inet,udp,any,,@NET@,@LO@:@HI@,,media	8,block,wan,inet,any,any,,any,,,in~9,block,lan,inet,any,any,,any,,,rest
opnsense	@uuid;enabled;statetype;sequence;action;quick;interfacenot;interface;direction;ipprotocol;protocol;source_net;source_not;source_port;destination_net;destination_not;destination_port;gateway;log;description	a;1;keep;1;pass;1;0;lan;in;inet;UDP;any;0;;@NET@;0;@LO@-@HI@;;0;media	c;1;keep;8;block;1;0;wan;in;inet46;any;any;0;;any;0;;;0;in~b;1;keep;9;block;1;0;lan;in;inet46;any;any;0;;any;0;;;0;rest
zscaler-firewall	id,name,order,rank,state,action,srcIps,destAddresses,nwServices,nwApplications,locations,users,description,enableFullLogging,defaultRule	7,Media,1,7,ENABLED,ALLOW,,"@NETS@",udp/@LO@-@HI@,,,,,true,false	1,Default Firewall Filtering Rule,-1,7,ENABLED,BLOCK_DROP,,,,,,,,true,true
zscaler-forwarding	id,name,order,state,type,forwardMethod,srcIps,destAddresses,nwServices,locations	7,Media,1,ENABLED,FORWARDING,DIRECT,,"@NETS@",udp/@LO@-@HI@,	8,Rest,2,ENABLED,FORWARDING,ZIA,,,,
netskope-exceptions	Name,Exception Type,Value,Protocol,Port,Action	Media,Destination Location,"@NETS@",UDP,@LO@-@HI@,Bypass	Web,Domains,*.example.com,,,Bypass
steering	Name,Destination,Protocol,Port,Steering	Media,"@NETS@",udp,@LO@-@HI@,Bypass	Rest,any,any,any,Steer
netfilter	"machine";table;chain;protocol;ipsource;ipdest;portsrc;portdest;rule	"fw1";filter;VOICE;udp;;@NET@;;@LO@:@HI@;ACCEPT	"fw1";filter;FORWARD;;;;;;VOICE~"fw1";filter;FORWARD;;;;;;DROP
generic	Rule,Source Zone,Destination Zone,Source,Destination,Protocol,Destination Port,Action,Enabled	Media,inside,outside,any,"@NETS@",udp,@LO@-@HI@,permit,yes	Rest,any,any,any,any,any,any,deny,yes
END
}

# Lines of FILE with a row for each network.
fill() { # LO HI
    while IFS= read -r line; do
        case $line in
        *@NET@*) for net in $media; do printf '%s\n' "$line" | sed "s|@NET@|$net|"; done ;;
        *) printf '%s\n' "$line" ;;
        esac
    done | sed "s|@NETS@|$(echo "$media" | tr ' ' ';')|; s|@LO@|$1|; s|@HI@|$2|"
}

# What is missing of the media, by the proof: "" if nothing is.
missing() { # FILE
    "$program" check --no-site --pack genesys-cloud --today 2026-11-23 --format jsonl --exit-zero \
        "$1" 2>"$work/err" >"$work/out"
    sed -n 's/.*"rule":"GC-RTP-001".*"message":"[^"]*; missing \(the head, \)*\([^"]*\)".*/\2/p
            s/.*"rule":"GC-SPLIT-001".*"message":"[^"]*platform: 3478\(, \)*\([^"]*\)".*/\2/p' \
        "$work/out"
}

shapes | while IFS='	' read -r preset header row last; do
    for ports in 16384: 16385:16384 4000:16384-65535; do
        lo=${ports%:*} hi=65535 want=${ports#*:}
        [ "$lo" = 4000 ] && hi=4001
        {
            echo "$header"
            echo "$row" | fill "$lo" "$hi"
            [ "$last" = - ] || echo "$last" | tr '~' '\n'
        } >"$work/rules.csv"
        said=$(missing "$work/rules.csv")
        if ! grep -q '"type":"summary"' "$work/out"; then
            echo "not ok csv vendor $preset, $lo-$hi - no answer"
            sed 's/^/# /' "$work/err"
        elif [ "$said" = "$want" ]; then
            echo "ok csv vendor $preset, $lo-$hi"
        else
            echo "not ok csv vendor $preset, $lo-$hi - missing is \"$said\", not \"$want\""
            sed 's/^/# /' "$work/err"
        fi
    done
    "$program" show --no-site "$work/rules.csv" >"$work/out" 2>&1
    if grep -q "csv.preset = $preset," "$work/out"; then
        echo "ok csv vendor $preset, detected"
    else
        echo "not ok csv vendor $preset, detected - $(grep csv.preset "$work/out")"
    fi
    if grep -q 'column [^"]* is not known: what' "$work/out"; then
        echo "not ok csv vendor $preset, columns - $(grep 'is not known: what' "$work/out")"
    else
        echo "ok csv vendor $preset, columns"
    fi
done

# PRESET, header, a row that opens the way in (@ACTION@), the words for permit and deny.
inbound() {
    cat <<'END'
fortigate	Policy,From,To,Source,Destination,Schedule,Service,Action,IP Pool,NAT,Type,Security Profiles,Log,Bytes	In,outside,inside,all,10.1.0.0/16,always,ALL_UDP,@ACTION@,,Disabled,Standard,no-inspection,All,0 B	ACCEPT	DENY
pan-os	Name,Tags,Type,Source Zone,Source Address,Source User,Source Device,Destination Zone,Destination Address,Application,Service,URL Category,Action,Profile,Options,Target	In,none,universal,untrust,any,any,any,trust,10.1.0.0/16,any,any,any,@ACTION@,none,none,any	Allow	Deny
aws-sg-inbound	Name,Security group rule ID,IP version,Type,Protocol,Port range,Source,Description	-,sgr-0a,IPv4,@ACTION@,0.0.0.0/0,in	Custom UDP,UDP,16384 - 65535	Custom ICMP - IPv4,ICMP,Echo Request
azure-nsg	nsgName,ruleName,description,protocol,sourcePortRange,destinationPortRange,sourceAddressPrefix,destinationAddressPrefix,access,priority,direction	voice,In,,Udp,*,*,*,*,@ACTION@,100,Inbound~voice,Rest,,*,*,*,*,*,Deny,4096,Inbound	Allow	Deny
gcp	NAME,NETWORK,DIRECTION,PRIORITY,SRC_RANGES,DEST_RANGES,ALLOW,DENY,SRC_TAGS,TARGET_TAGS,DISABLED	in,default,INGRESS,1000,0.0.0.0/0,,@ACTION@,,,False~in2,default,INGRESS,1000,0.0.0.0/0,,udp,,,,False	udp,	,udp
generic	Rule,Source Zone,Destination Zone,Source,Destination,Protocol,Destination Port,Action	In,outside,inside,any,any,udp,any,@ACTION@	permit	deny
END
}

# At one priority GCP lets denials win: the second row of its export permits, and changes nothing.
inbound | while IFS='	' read -r preset header row permit deny; do
    for case in "permit:$permit:1" "deny:$deny:0"; do
        name=${case%%:*} want=${case##*:}
        action=${case#*:}
        printf '%s\n' "$header" "$row" | tr '~' '\n' | sed "s|@ACTION@|${action%:*}|" >"$work/rules.csv"
        "$program" check --no-site --pack genesys-cloud --format jsonl --exit-zero "$work/rules.csv" \
            >"$work/out" 2>"$work/err"
        got=$(grep '"type":"finding"' "$work/out" | grep -c '"rule":"GC-INBOUND-001"')
        if [ "$got" = "$want" ] && grep -q '"type":"summary"' "$work/out"; then
            echo "ok csv vendor $preset, way in: $name"
        else
            echo "not ok csv vendor $preset, way in: $name - $got findings instead of $want"
            sed 's/^/# /' "$work/err"
        fi
    done
done
