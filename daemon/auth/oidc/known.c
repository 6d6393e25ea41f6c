/* SPDX-License-Identifier: ISC */
#include "daemon/auth/oidc/known.h"

const char known_keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"sKlq4tNHHMDUZaDFXmmMMnd8J_TrblaZr"
    "zz2nk9pSNPJJiF-QD72v1Xqn4mGOkFYfxcLVPpBZCyBzSw0ZCVfnM7qbv56E"
    "YUzrEuqwh4ZTJBOL9eZcAqCOuxzMzltfJJien9GYMPfwSPJBR95OvEVYbuiP"
    "Ap0Iyk_635m3l4J1wbZ_GSX1HiVDKefmheHCyFpJU1vEYxjsKDVAklN9LKnN"
    "plEgISKDyAmutHgGG2lpSj7p-kg_88Aec_MnQJcA-_M8XG5xpFwfY2mRLoC-"
    "Pq7vdy9V3iWow7KQP8SavHCee3sjw4J-PFSMNrXh8oczKfCKHLYli_jiwvj-"
    "EsOMAfASw\",\"e\":\"AQAB\",\"kid\":\"r\"},{\"kty\":\"EC\",\"crv\":\"P-"
    "256\",\""
    "x\":\"fgLGl6sx1ximsa7KozIzXUWxGZSmM7fqtqBpZbThWH8\",\"y\":\"Mk9u5Z"
    "eAR3UX6q5_uKzEEIniBTwOJc8Fk_mPAaB4gdU\",\"kid\":\"p\"},{\"kty\":\"OK"
    "P\",\"crv\":\"Ed25519\",\"x\":\"qihqHCRn5r9yPsAfrsU-Cj4J1NO61CBOwJjm"
    "y3j2-8A\",\"kid\":\"e\"}]}";

const char *const known_tokens[KNOWN_TOKENS] = {
    /* RS256 */
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJzdWIiOiJhIn0.abWmk5XXI"
    "c2DptbpXwvydeFwB5-i55USNFerbliINOQuP2hZcdm0ICGQufWgztzzugbGr"
    "JTTjZWdSAvcj4ik-t8GPk6bDM1T6j2umyDGy7Gsr7dSfrwsBOqHizcFIxjKd"
    "0ztehElbniK773lx_HolzIbMOvfb4pwnmNAUVjjpgwoCjpkOBAG2M3-iiMp6"
    "QzTYTd5tzzu5m7bu1TEoueUxbzrGBIc-SnEoFMk8bu4G_rzmRv7_ekmATo3d"
    "KUJPwW3geNb9vFHWPx_gJGhWbuqcRE5eXUFdxYLWufLALHBZKDkpYOW1lkU0"
    "q0QapmsxX0lM9YNFuQqHaB_G0D8yLoNrQ",
    /* PS256 */
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InIifQ.eyJzdWIiOiJhIn0.g8gEYHz4X"
    "6Kk1xcHW6xt-64JwsrhLGuyrtgXNRAiNJVYW2PxVtsHFYMsSJ-JlMstAmWoR"
    "k-_Cgq31BysB8FI578H4d7bcLsTSf-dS_qkoFe2GGYp2Spyc3slMM_F1irX1"
    "mcXEvtvQ1zzx45xN4WIWGmseCf_idwIXBjvJdsy3UqVkgLN5G83jdw2UGXLD"
    "jLZBaO29Xph9PivYK-x_xMS6z6-sDjFJxtk70pRce7dr6QmMfiPqve4ts8E4"
    "Tk6VRmTV5exmu4bb7VUU76w-KMQbcO75bxECUuW981DVE3f9nMtBfsfpiT5e"
    "vDyWDPJIEr6cP4j1bLzFx0EGKvv1kFZsA",
    /* ES256 */
    "eyJhbGciOiJFUzI1NiIsImtpZCI6InAifQ.eyJzdWIiOiJhIn0.tT3hMC_XY"
    "8evyii7PxjCWeu1lx8h5OA7LOqkCBMwcQ5bxdBCIVJZ83LNxZWebTvU4_PnL"
    "BiAtLuvc6Ob5WSq5w",
    /* EdDSA */
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImUifQ.eyJzdWIiOiJhIn0.a_3Lpbz78"
    "TQ4vKTYHaGrg3CGfdp0t5AcCERiuAYug8LvhlTljb-kPIbn1TTPlI-z6E8MP"
    "rkuIyZVJBoBY6x3CA",
};
