#!/bin/sh
# mail or sms
set -eu
[ -f /run/secrets/sms_password ] && SMS_SANDBOX_PASSWORD=$(cat /run/secrets/sms_password) && export SMS_SANDBOX_PASSWORD
exec python3 -m "deploy.local.$1_sandbox"
